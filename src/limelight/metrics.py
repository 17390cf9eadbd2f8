"""What a server counts, in Prometheus' text format.

Counters and the histogram are of this process and begin at nothing with it; how many videos and deliveries there are is
read from the store whenever somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

#: How many rows there are of each kind. Raises StoreError.
Counts = Callable[[], Mapping[str, int]]

#: Seconds of rendering for a second of film; 1 keeps pace with the film.
_RENDER_BUCKETS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._render = Histogram(
            "limelight_render_seconds_per_video_second",
            "How long a scene's rendering took, for each second of its film.",
            buckets=_RENDER_BUCKETS,
            registry=self.registry,
        )
        self._failures = Counter(
            "limelight_video_failures", "Videos that failed, by stage.", ["stage"], registry=self.registry
        )
        self._requests = Counter(
            "limelight_requests",
            "Requests that were answered, by method, route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )

    def rendered(self, render_s: float, film_s: float) -> None:
        """A scene was rendered."""
        if film_s > 0:
            self._render.observe(render_s / film_s)

    def failed(self, stage: str) -> None:
        """A video failed."""
        self._failures.labels(stage).inc()

    def answered(self, method: str, route: str, status: int) -> None:
        """A request was answered; `route` is a path with names for its parts, so that there are not many."""
        self._requests.labels(method, route, str(status)).inc()

    def watch(self, videos: Counts, deliveries: Counts) -> None:
        """Tell of rows too, which are counted whenever somebody looks: videos by status, deliveries by state."""
        self.registry.register(_Rows(videos, deliveries))

    def text(self) -> bytes:
        """All of it. Raises StoreError where the store cannot be read."""
        return generate_latest(self.registry)


class _Rows(Collector):
    """What the store has at this moment."""

    def __init__(self, videos: Counts, deliveries: Counts) -> None:
        self._videos = videos
        self._deliveries = deliveries

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Asked for at registration, so that the store is not."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See Collector."""
        videos = GaugeMetricFamily(
            "limelight_videos",
            "Videos by status; waiting ones are pending ones without a place of their account's.",
            labels=["status"],
        )
        for status, count in self._videos().items():
            videos.add_metric([status], count)
        yield videos
        deliveries = GaugeMetricFamily(
            "limelight_webhook_deliveries", "Webhook deliveries that are kept, by state.", labels=["state"]
        )
        for state, count in self._deliveries().items():
            deliveries.add_metric([state], count)
        yield deliveries
