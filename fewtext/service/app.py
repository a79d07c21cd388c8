"""The routes of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fewtext.files.json_text import to_json
from fewtext.service.classifying import classify_job, classify_response
from fewtext.service.front import FACTS, Front, refused
from fewtext.service.keys import Keys
from fewtext.service.labelling import label_job
from fewtext.service.limits import read_body
from fewtext.service.origins import Origins
from fewtext.service.pages import FILES, page_response
from fewtext.service.refusals import Refusal
from fewtext.service.requests import ClassifyBody, LabelBody, body_as
from fewtext.service.schemas import CLASSIFY, LABEL, MODELS, TAGS
from fewtext.service.service import Service
from fewtext.version import __version__

SUMMARY = "Saved few-shot text classifiers: texts in, labels with probabilities out."


def create_app(service: Service, keys: Keys, origins: Origins, log_texts: bool = False) -> Front:
    """Return the application; closing it closes the service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.models.watch()
        yield
        service.close()

    app = FastAPI(
        title="fewtext", summary=SUMMARY, version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan,
        openapi_tags=TAGS,
    )  # fmt: skip

    @app.exception_handler(Refusal)
    async def _refused(request: Request, refusal: Refusal) -> Response:
        return refused(refusal)

    @app.exception_handler(HTTPException)
    async def _not_found(request: Request, error: HTTPException) -> Response:
        sentence = {404: "there is nothing at this address; /docs lists what there is"}
        sentence |= {405: "this address does not take the method; /docs lists what it takes"}
        return refused(Refusal(error.status_code, sentence.get(error.status_code, str(error.detail)), error.headers))

    @app.post("/v1/classify", **CLASSIFY)
    async def _classify(request: Request) -> Response:
        """Classify texts: an answer each, in their order."""
        content = await read_body(request, service.limits)
        body = body_as(ClassifyBody, content, request.headers.get("content-type", ""))
        service.limits.check_count(len(body.texts))
        loaded = service.models.of(body.model)
        note(request, body.texts, loaded.name)
        found = await service.result(classify_job(loaded, body))
        service.metrics.texts.labels(loaded.name).inc(len(body.texts))
        return as_json(classify_response(loaded, body, found))

    @app.post("/v1/label/next", **LABEL)
    async def _label(request: Request) -> Response:
        """Suggest which texts to label next, and say what accuracy to expect with those that were labelled."""
        content = await read_body(request, service.limits)
        body = body_as(LabelBody, content, request.headers.get("content-type", ""))
        service.limits.check_count(len(body.texts))
        service.limits.check_count(len(body.examples), "examples")
        loaded = service.models.of(body.model)
        note(request, body.texts, loaded.name)
        return as_json(await service.result(label_job(loaded, body)))

    @app.get("/v1/models", **MODELS)
    async def _models(request: Request) -> Response:
        """List the models: labels, examples, encoder, and the accuracy to expect."""
        return as_json({"models": [loaded.as_json() for loaded in service.models.loaded.values()]})

    @app.get("/healthz", tags=["operation"])
    async def _health(request: Request) -> Response:
        """Say that the process runs."""
        return JSONResponse({"status": "running"})

    @app.get("/readyz", tags=["operation"])
    async def _ready(request: Request) -> Response:
        """Say whether requests are welcome: not while the service shuts down."""
        if service.draining:
            raise Refusal(503, "the service is shutting down", {"retry-after": "5"})
        return JSONResponse({"status": "ready"})

    @app.get("/metrics", tags=["operation"])
    async def _metrics(request: Request) -> Response:
        """Give the metrics in the format of Prometheus."""
        return Response(service.metrics.text(), media_type=service.metrics.content_type)

    for path in FILES:
        app.add_api_route(path, page_response(path), include_in_schema=False)

    def note(request: Request, texts: list[str], model: str) -> None:
        """Leave facts for the log; the texts where they are wanted there."""
        request.scope[FACTS].update(model=model, texts=len(texts), content=texts if log_texts else None)

    routes = {*FILES, "/openapi.json", *app.openapi()["paths"]}
    return Front(app, service, keys, origins, routes)


def as_json(value: dict[str, Any]) -> Response:
    """Return a response of strict JSON."""
    return Response(to_json(value), media_type="application/json")
