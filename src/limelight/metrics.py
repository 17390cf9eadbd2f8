"""A server's metrics, in Prometheus' text format.

The counters and the histogram belong to this process and start at 0 with it. The numbers of videos and deliveries are
read from the store at each scrape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

#: Gives the number of rows by kind. Raises StoreError.
Counts = Callable[[], Mapping[str, int]]

#: Seconds of rendering per second of film; at 1 a render takes as long as the film plays.
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
        """Count a rendered scene, by the seconds that its render took and those that it plays."""
        if film_s > 0:
            self._render.observe(render_s / film_s)

    def failed(self, stage: str) -> None:
        """Count a video that failed in this stage."""
        self._failures.labels(stage).inc()

    def answered(self, method: str, route: str, status: int) -> None:
        """Count an answered request; `route` is a path template, not the path, so that label values stay few."""
        self._requests.labels(method, route, str(status)).inc()

    def watch(self, videos: Counts, deliveries: Counts) -> None:
        """Export the numbers of rows too, read at each scrape: videos by status, deliveries by state."""
        self.registry.register(_Rows(videos, deliveries))

    def text(self) -> bytes:
        """All metrics as the body of a scrape. Raises StoreError where the store cannot be read."""
        return generate_latest(self.registry)


class _Rows(Collector):
    """The store's numbers of rows at this moment."""

    def __init__(self, videos: Counts, deliveries: Counts) -> None:
        self._videos = videos
        self._deliveries = deliveries

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: the registry calls this at registration instead of `collect`, which would read the store."""
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
