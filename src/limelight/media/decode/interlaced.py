"""Interlaced films, whose frames are two fields of different times, as whole pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import av
from av.error import FFmpegError
from av.filter import Graph


def deinterlaced(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """The frames in order, one for each; from the first interlaced one on they go through FFmpeg's `bwdif`, which
    leaves the others as they are."""
    for frame in frames:
        if not frame.interlaced_frame:
            yield frame
            continue
        yield from _through_bwdif(frame, frames)


def _through_bwdif(first: av.VideoFrame, rest: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """As many frames as have the first one's form, and one that has not, which ends this."""
    form = _form(first)
    graph = Graph()
    source = graph.add_buffer(width=first.width, height=first.height, format=first.format, time_base=first.time_base)
    filter_ = graph.add("bwdif", mode="send_frame", parity="auto", deint="interlaced")
    sink = graph.add("buffersink")
    source.link_to(filter_)
    filter_.link_to(sink)
    graph.configure()
    colours = first.colorspace, first.color_range, first.color_primaries, first.color_trc
    frame: av.VideoFrame | None = first
    while frame is not None and _form(frame) == form:
        graph.vpush(frame)
        yield from _pulled(graph, colours)
        frame = next(rest, None)
    graph.vpush(None)
    yield from _pulled(graph, colours)
    if frame is not None:
        yield frame


def _pulled(graph: Graph, colours: tuple[int, int, int, int]) -> Iterator[av.VideoFrame]:
    with suppress(FFmpegError):  # no more for now, or the end
        while True:
            frame = graph.vpull()
            frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = colours
            yield frame


def _form(frame: av.VideoFrame) -> tuple[str, int, int]:
    return frame.format.name, frame.width, frame.height
