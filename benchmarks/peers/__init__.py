"""Systems on the leaderboard: ``peers.toml`` lists them, and each adapter here runs in an environment of its own."""
