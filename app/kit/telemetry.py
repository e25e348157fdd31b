"""OpenTelemetry traces, for installations that have a collector: `PARTINGLINE_TELEMETRY=true` and the `telemetry` extra.

Where the traces go is OpenTelemetry's own business: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME` and its other variables.
"""

from fastapi import FastAPI

from app.settings import Settings


class TelemetryMissing(RuntimeError):
    """Traces are switched on, their packages are not installed."""


def install(app: FastAPI, settings: Settings) -> None:
    """Trace requests when the setting says so. Raises `TelemetryMissing` with a sentence for the operator."""
    if not settings.telemetry:
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TelemetryMissing(
            "PARTINGLINE_TELEMETRY is on, but its packages are missing: pip install 'partingline[telemetry]'."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "partingline"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    FastAPIInstrumentor.instrument_app(app, excluded_urls="healthz,readyz,metrics", tracer_provider=provider)
