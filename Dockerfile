# The service on a CPU, by a user who is not root; the model's parent folder is mounted, since
# an update puts a new folder in the model's place; no texts are in the image.
#
#     docker build -t fewtext .
#     docker run --rm -p 127.0.0.1:8000:8000 -e FEWTEXT_API_KEYS=a-long-random-key \
#       -v "$PWD:/models:ro" fewtext --model /models/my-model --host 0.0.0.0
FROM python:3.12-slim AS build
WORKDIR /source
RUN python -m venv /opt/fewtext
ENV PATH=/opt/fewtext/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The CPU build of PyTorch is a tenth of the usual one.
ARG PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
COPY pyproject.toml build_backend.py constraints.txt README.md LICENSE MANIFEST.in ./
COPY fewtext fewtext
COPY plugins plugins
COPY corpora corpora
RUN python -m pip install -c constraints.txt ".[bundled,serve]"

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 fewtext
COPY --from=build /opt/fewtext /opt/fewtext
ENV PATH=/opt/fewtext/bin:$PATH HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1
USER fewtext
WORKDIR /home/fewtext
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
# SIGTERM ends it once every request is answered, which may take as long as --timeout.
STOPSIGNAL SIGTERM
ENTRYPOINT ["fewtext", "serve"]
CMD ["--model", "/models/my-model", "--host", "0.0.0.0"]
