"""POST /v3/videos: a video of one presenter or photo, of one picture, or of scenes; and POST /v3/videos/batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from limelight.catalog.avatars import avatar
from limelight.errors import SpecError
from limelight.notices import VideoWarning
from limelight.requests.captions import parse_captions
from limelight.requests.known import NOBODY, Known
from limelight.requests.media import is_transparent, parse_asset
from limelight.requests.parts import (
    GenerateRequest,
    OutfitBody,
    dressed,
    further_of,
    parse_background,
)
from limelight.requests.v3.bodies import (
    AvatarVideoBody,
    ClipSceneBody,
    ImageVideoBody,
    SceneAvatarBody,
    SceneImageBody,
    SpokenSceneBody,
    StillSceneBody,
    StudioVideoBody,
    V3BackgroundBody,
    V3SpeakerBody,
    V3SpokenBody,
    V3VideoBody,
    VideoBatchBody,
)
from limelight.requests.v3.files import is_film
from limelight.requests.wire import at, check_text, invalid, quoted, read
from limelight.spec import (
    Avatar,
    Background,
    Captions,
    Character,
    ColourBackground,
    FilmVoice,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    TalkingPhoto,
    VideoBackground,
    VideoSpec,
    Voice,
)

#: The code of a warning that something cannot be done here.
NOT_SUPPORTED = "not_supported"

#: What stands for the script of a scene until it is known which field that is.
_SCENE = "scenes[{}]"


def parse_video(body: object, known: Known = NOBODY) -> GenerateRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError and its kinds."""
    check_text(body)
    match _kind(body):
        case "avatar":
            return _of_avatar(read(AvatarVideoBody, body), known)
        case "image":
            return _of_image(read(ImageVideoBody, body), known)
        case "studio":
            return _of_scenes(read(StudioVideoBody, _scenes_typed(body)), known)
        case "cinematic_avatar":
            problem = "'cinematic_avatar' is not available on this server: films are not generated from prompts"
            raise SpecError(f"type is invalid: {problem}.", code=NOT_SUPPORTED, field="type")
        case other:
            raise invalid("type", f"{quoted(other)} is not one of 'avatar', 'image', 'studio'")


def parse_batch(body: object) -> VideoBatchBody:
    """The batch in a decoded JSON body; its videos are not looked at. Raises SpecError."""
    check_text(body)
    return read(VideoBatchBody, body)


def _kind(body: object) -> object:
    """The body's `type`; where it is missing, what the other fields say."""
    if not isinstance(body, dict) or body.get("type") not in (None, ""):
        return body.get("type") if isinstance(body, dict) else "avatar"
    return next((kind for kind, field in (("image", "image"), ("studio", "scenes")) if field in body), "avatar")


def _scenes_typed(body: object) -> object:
    """With the type of each scene and its input where it is missing and their fields say it, and what stands beside an
    input in it."""
    if not isinstance(body, dict) or not isinstance(body.get("scenes"), list):
        return body

    def typed(scene: object) -> object:
        if not isinstance(scene, dict):
            return scene
        kind = scene.get("type") or ("avatar_video" if "input" in scene else None)
        inside = scene.get("input")
        if isinstance(inside, dict):
            # What is behind is the speaker's; it may stand beside them.
            behind = {"background": scene["background"]} if scene.get("background") else {}
            inside = {**behind, **inside, "type": inside.get("type") or ("image" if "image" in inside else "avatar")}
        return {**scene, "type": kind, **({"input": inside} if "input" in scene else {})}

    return {**body, "scenes": [typed(scene) for scene in body["scenes"]]}


# One scene


def _of_avatar(wire: AvatarVideoBody, known: Known) -> GenerateRequest:
    wire.check_one(wire.avatar_id)
    picture = _photo_of(wire.avatar_id, known)
    if not wire.avatar_id and (plain := wire.picture(known)):
        picture = (plain, *further_of(plain, known))
    if picture is not None:
        wire.check_photo("")
        return _of_photo(wire, picture, known)
    who, default_voice_id = _presenter(wire.avatar_id, wire, "", known)
    return _request(wire, (_scene(wire, who, default_voice_id, known),), _left_out(wire), known)


def _of_image(wire: ImageVideoBody, known: Known) -> GenerateRequest:
    picture = wire.image.source("image", "image", known) if wire.image else wire.picture(known)
    if picture is None:
        raise invalid("image", "field required")
    return _of_photo(wire, (picture, *further_of(picture, known)), known)


def _of_photo(wire: V3SpeakerBody, pictures: Sequence[Source], known: Known) -> GenerateRequest:
    alone = wire.remove_background or wire.output_format == "webm"
    who = TalkingPhoto(source=pictures[0], more=tuple(pictures[1:]), matting=alone, fit=wire.fit)
    left_out = _left_out(wire)
    if wire.background and not alone and wire.fit == "cover":
        hidden = "the photo covers it; with remove_background the person stands before it"
        left_out.append(VideoWarning("background_hidden", f"the background is not seen: {hidden}.", 1, "background"))
    if wire.aspect_ratio == "auto" and not wire.dimension:
        left_out.append(_warned("aspect_ratio", "'auto' is taken as 16:9", 1))
    return _request(wire, (_scene(wire, who, "", known),), left_out, known)


def _scene(wire: V3SpeakerBody, who: Character, default_voice_id: str, known: Known) -> Scene:
    behind = wire.background
    if wire.output_format == "webm" and behind and behind.type == "color" and is_transparent(behind.value):
        behind = None
    if wire.output_format == "webm" and behind:
        raise invalid("background", "output_format webm is transparent, it has none")
    return Scene(
        character=who,
        voice=wire.voice("", "", default_voice_id, known),
        acting=wire.acting,
        background=_background(behind, "background", known),
    )


def _left_out(wire: V3SpeakerBody) -> list[VideoWarning]:
    return [_warned(field, problem, 1) for field, problem in wire.left_out()]


# Several scenes


def _of_scenes(wire: StudioVideoBody, known: Known) -> GenerateRequest:
    scenes, left_out, fields = list[Scene](), list[VideoWarning](), list[str]()
    for i, body in enumerate(wire.scenes):
        path = f"scenes[{i}]"
        where = f" ({path})" if len(wire.scenes) > 1 else ""
        spoken: V3SpokenBody
        match body:
            case SpokenSceneBody():
                scene, spoken, path = _spoken(body.input, f"{path}.input", where, known), body.input, f"{path}.input"
            case StillSceneBody():
                scene, spoken = _still(body, path, where, known), body
            case ClipSceneBody():
                scenes.append(_clip(body, path, known))
                fields.append(path)
                continue
        scenes.append(scene)
        fields.append(f"{path}.script")
        left_out += [_warned(f"{path}.{field}", problem, i + 1) for field, problem in spoken.left_out()]
    request = _request(wire, tuple(scenes), left_out, known)
    scripts = {_SCENE.format(i): field for i, field in enumerate(fields)}
    return replace(
        request, warnings=tuple(replace(told, field=scripts.get(told.field, told.field)) for told in request.warnings)
    )


def _spoken(body: SceneAvatarBody | SceneImageBody, path: str, where: str, known: Known) -> Scene:
    default_voice_id, background = "", None
    if isinstance(body, SceneImageBody):
        picture = body.image.source("image", f"{path}.image", known)
        who: Character = TalkingPhoto(source=picture, more=tuple(further_of(picture, known)))
    else:
        background = body.background
        pictures = _photo_of(body.avatar_id, known)
        if pictures is not None:
            body.check_photo(path)
            who = TalkingPhoto(source=pictures[0], more=pictures[1:], matting=background is not None)
        else:
            who, default_voice_id = _presenter(body.avatar_id, body, path, known)
    return Scene(
        character=who,
        voice=body.voice(path, where, default_voice_id, known),
        acting=body.acting,
        background=_background(background, f"{path}.background", known),
    )


def _still(body: StillSceneBody, path: str, where: str, known: Known) -> Scene:
    source = body.source.source("image", f"{path}.source", known)
    if body.duration is not None and (body.script or body.audio_url or body.audio_asset_id):
        raise invalid(f"{path}.duration", "a script or recording is given too, only one of them may be")
    voice: Voice
    if body.duration is not None:
        voice = SilentVoice(duration_s=max(0.1, body.duration))
    else:
        voice = body.voice(path, where, "", known)
    return Scene(character=None, voice=voice, background=ImageBackground(source=source))


def _clip(body: ClipSceneBody, path: str, known: Known) -> Scene:
    source = body.source.source("video", f"{path}.source", known)
    volume = 0.0 if body.playback.mute else body.playback.volume
    film = VideoBackground(source=source, play_style="full_video")
    return Scene(character=None, voice=FilmVoice(source=source, volume=volume), background=film)


# What both have


def _photo_of(avatar_id: str, known: Known) -> tuple[Source, ...] | None:
    """The pictures of a photo that an avatar's id names; None where it names none."""
    uploads = known.photo(avatar_id) if avatar_id else ()
    return tuple(Source(asset_id=id) for id in uploads) or None


def _presenter(avatar_id: str, outfit: OutfitBody, path: str, known: Known) -> tuple[Avatar, str]:
    """A presenter, and the id of its voice. Raises SpecError."""
    field = f"{path}.avatar_id".removeprefix(".")
    if not avatar_id:
        raise invalid(field, "field required")
    with at(field):
        entry = avatar(avatar_id)
    return dressed(Avatar(avatar_id=avatar_id), outfit, path, known), entry.default_voice_id


def _background(body: V3BackgroundBody | None, path: str, known: Known) -> Background:
    if body is None:
        return ColourBackground()
    if body.asset_id and body.type in ("image", "video"):
        is_video = body.type == "video" or is_film(body.asset_id, None, known)
        parse_asset("video" if is_video else "image", body.asset_id, f"{path}.asset_id", known)
    return parse_background(body.named(known), path, known)


def _captions(caption: object) -> Captions | None:
    """An object without a style asks for files alone."""
    burn_in = not isinstance(caption, dict) or bool(caption.get("style"))
    return parse_captions(caption, None if burn_in else "file_only")


def _request(
    wire: V3VideoBody, scenes: tuple[Scene, ...], left_out: Sequence[VideoWarning], known: Known
) -> GenerateRequest:
    width, height = wire.size()
    webm = isinstance(wire, V3SpeakerBody) and wire.output_format == "webm"
    spec = VideoSpec(
        scenes=scenes,
        width=width,
        height=height,
        container="webm" if webm else "mp4",
        title=wire.title or None,
        watermark=wire.test,
        captions=_captions(wire.caption),
    )
    alone = isinstance(wire, V3SpeakerBody)
    with at("script" if alone else "scenes"):
        request = GenerateRequest.of(spec, wire, "script" if alone else _SCENE, known)
    more = list(left_out)
    if wire.watermark:
        more.append(_warned("watermark", "a picture of one's own is not drawn", 1))
    if isinstance(wire, StudioVideoBody) and wire.output_format == "webm":
        more.append(_warned("output_format", "a film of scenes is an MP4", 1))
    return replace(request, warnings=(*request.warnings, *more))


def _warned(field: str, problem: str, scene: int) -> VideoWarning:
    return VideoWarning(NOT_SUPPORTED, f"{field.rpartition('.')[2]} is left out: {problem}.", scene, field)
