"""Which plugins there are, what they offer, and what happens when one fails."""
