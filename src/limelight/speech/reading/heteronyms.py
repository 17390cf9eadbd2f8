"""Heteronyms: words whose pronunciation depends on their meaning: noun or verb, the fish or the guitar.

Where the dictionary has both readings, the tagger's part of speech decides; the rules here decide by neighbouring words
where it errs. Readings are in misaki's alphabet, the same for US and GB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from limelight.speech.reading.place import word_set

_SUBJECTS = frozenset(("i", "we", "you", "they"))
_BEFORE_VERBS = _SUBJECTS | word_set(
    "to will would can could should must may might shall cannot can't won't don't didn't doesn't couldn't "
    "wouldn't shouldn't please let's let and or not also always never often then who help i'll we'll you'll "
    "they'll it'll i'd we'd you'd they'd did does do people customers users n't 'll 'd"
)  # fmt: skip
_CERTAIN_VERBS = _BEFORE_VERBS - word_set(
    "and or not also always never often then who do people customers users help let"
)
_DETERMINERS = word_set(
    "a an the this that these those my your his her its our their no any each every some another whose which what "
    "one two three four five six first second last next new great good big small"
)  # fmt: skip
_OBJECTS = word_set(
    "a an the this that these those my your his her its our their it them him me us all any some each every both "
    "one"
)  # fmt: skip
_BE = word_set(
    "is are was were be been being am feel feels felt seem seems very quite so too perfectly i'm we're you're they're"
)
_HAVE = word_set(
    "have has had having i've we've you've they've was were been be being is are get got well widely already "
    "never ever just"
)
_PAST = frozenset(("yesterday", "ago", "last", "earlier", "before", "already", "once", "then"))
_SEEN = word_set(
    "guitar guitars drum drums line lines player players clef boost note notes voice singer sound sounds speaker "
    "speakers tone solo treble music band song frequencies tenor vocals beat deep play plays played amp amplifier "
    "heavy track headphones"
)  # fmt: skip
_FISH = word_set(
    "fish fishing lake caught catch sea striped river pond largemouth boat grilled fried trout salmon pro cooked "
    "bait water"
)
_CLOTH = word_set(
    "fabric muscle ligament paper jeans shirt screen tissue meniscus cloth tendon sail coat dress wear acl cuff "
    "retina sleeve"
)
_METAL = word_set(
    "pipe pipes paint paints poisoning acid levels level exposure glass weight weights bullet bullets crystal "
    "contamination mine mines ore pencil pencils solder shot battery batteries dust apron roof sheet toxicity "
    "oxide plumbing service"
)  # fmt: skip


class Words:
    """A sentence's words in lower case, indexed by their distance from one of them."""

    def __init__(self, words: Sequence[str], at: int, tag: str) -> None:
        self._words, self._at, self.tag = words, at, tag

    def __getitem__(self, distance: int) -> str:
        i = self._at + distance
        return self._words[i] if 0 <= i < len(self._words) else ""

    def near(self, words: frozenset[str], reach: int = 5) -> bool:
        """Whether one of these words is no more than `reach` words away."""
        return not words.isdisjoint(self._words[max(0, self._at - reach) : self._at + reach + 1])

    @property
    def begins(self) -> bool:
        """Whether the word begins a sentence or clause."""
        return self[-1] in ("", ",", ".", ":", "—", "!", "?", ";", "“", "(")

    @property
    def is_command(self) -> bool:
        """Whether the word is an imperative: "Record your message", at the beginning with an object behind it."""
        return (self.begins or self[-1] in ("please", "and", "then", "or", "now")) and self[1] in _OBJECTS

    @property
    def is_verb(self) -> bool:
        """Whether the word is a verb: behind a word that verbs follow, or an imperative."""
        return (self[-1] in _CERTAIN_VERBS and not (self[-1] == "to" and self[1] in ("of",))) or self.is_command

    @property
    def is_noun(self) -> bool:
        """Whether the word stands behind an article or another determiner."""
        return self[-1] in _DETERMINERS


#: Verbs that are imperatives at the beginning of a sentence.
_COMMANDS = word_set(
    "convert invite conserve delegate estimate graduate separate associate approximate mouth rebel permit"
)


def corrected_tag(word: Words) -> str:
    """The tagger's part of speech, corrected where the neighbours leave no doubt."""
    tag = word.tag
    if (
        word[0] in ("content", "separate", "deliberate", "appropriate", "moderate", "elaborate", "intimate", "frequent")
        and word[-1] in _BE
    ):
        return "JJ"
    if word[0] in word_set("upset live present perfect close complete correct separate closer") and word[-1] in _BE:
        return tag
    if word.is_verb and not tag.startswith("VB"):
        return "VB"
    if word[-1] in ("i", "we", "they", "you") and not tag.startswith("VB") and word[1] not in ("'s",):
        return "VBP"
    if word.begins and word[0] in _COMMANDS and word[1] not in ("", "of", "is", "are", "was", "."):
        return "VB"
    if word[-1].endswith("s") and len(word[-1]) > 4 and word[1] in ("when", "if", "as"):
        return "VBP"
    if word[-1] in ("he", "she", "it", "who", "which") and word[0].endswith("s"):
        return "VBZ"
    if word.is_noun and tag.startswith("VB") and tag not in ("VBN", "VBG"):
        return "NN"
    return tag


def _live(w: Words) -> str | None:
    on_air = word_set(
        "go goes went going gone stream streams streamed streaming broadcast aired airs watch perform performed "
        "performing recorded played plays play it now coming is are was were be been being we're i'm you're they're "
        "it's that's us them"
    )
    if w[1] in ("from", "now", "today", "tonight") and w[-1] not in _SUBJECTS and w[-1] not in ("who", "to", "people"):
        return "lˈIv"
    if w[-1] in on_air and not (w[-1] in ("it", "us", "them") and w[-2] in ("let", "let's", "make", "help")):
        return "lˈIv"
    if w.is_noun or w[1] in word_set(
        "show shows music chat event events stream video concert demo session audience broadcast webinar data "
        "performance support agent tv television training class classes q"
    ):
        return "lˈIv"
    return (
        "lˈɪv"
        if w.is_verb
        or w[-1] in _BEFORE_VERBS
        or w[1] in word_set("in near with at on by here there alone together longer")
        else None
    )


def _lives(w: Words) -> str | None:
    if w.is_noun or w[-1] in word_set(
        "saved save saves saving many of people's our their change changes changed changing nine human daily real "
        "more better customers' lost busy everyday improve improves touch risk million thousand hundred"
    ):
        return "lˈIvz"
    return "lˈɪvz"


def _lead(w: Words) -> str | None:
    before = ("contains", "molten", "toxic", "containing", "contain", "unleaded")
    if w[1] in _METAL or w[-1] in before or (w[1] in ("-", "free", "based") and w[-1] in ("", "is", "are")):
        return "lˈɛd"
    if w[-1] == "of" and w[-2] in word_set("traces amounts made levels pounds piece sheet layer lump out tons"):
        return "lˈɛd"
    around = word_set("pencil paint water positive tested test blood toys pipes toxic")
    return (
        "lˈɛd"
        if w[-1] in ("no", "for", "in", "the") and w.near(around, 6) and w[1] in ("in", "", ".", ",", "and")
        else None
    )


def _read(w: Words) -> str | None:
    if w[-1] in _HAVE or (
        w[-2] in _HAVE and w[-1] in word_set("not already never ever just also all been i you they we")
    ):
        return "ɹˈɛd"
    if (
        w[-1]
        in word_set(
            "to will can please must should could would don't didn't did let's may might and i'll we'll you'll do does"
        )
        or w.is_command
    ):
        return "ɹˈid"
    if w[-1] in ("he", "she", "it", "who"):
        return "ɹˈɛd"
    if any(w[d] in _PAST or (w[d] == "when" and w[d + 2] in ("was", "were")) for d in range(1, 7)) and w[-1] not in (
        "",
    ):
        return "ɹˈɛd"
    return "ɹˈɛd" if w.tag in ("VBD", "VBN") and w[-1] not in _SUBJECTS else "ɹˈid"


def _bass(w: Words) -> str | None:
    if w[1] in _SEEN or (w.near(_SEEN) and not w.near(_FISH, 3)):
        return "bˈAs"
    return "bˈæs" if w.near(_FISH) else "bˈAs"


def _bow(w: Words) -> str | None:
    if w.begins and w[1] in ("down", "to", "out", "before"):
        return "bˈW"
    bends = (
        w[1] in ("to", "down", "before", "out", "and") and (w.is_verb or w[-1] in ("they", "we", "actors", "must"))
    ) or (
        w[-1] in ("a", "final", "his", "her", "deep", "last")
        and w[-2] in word_set("take took takes taking make made with a her his final")
    )
    ship = w.near(frozenset(("ship", "boat", "stern", "deck", "vessel", "yacht", "sailor", "hull")))
    return "bˈW" if bends or ship or (w.is_verb and w[1] != "tie") else "bˈO"


def _blessed(w: Words) -> str | None:
    return "blˈɛsəd" if w[-1] == "the" and w[1] in ("event", "virgin", "mother", "sacrament", "trinity") else None


def _does(w: Words) -> str | None:
    return (
        "dˈOz"
        if w[-1] in ("the", "two", "three") and w[1] in ("and", "crossed", "were", "ran", "grazed", "are")
        else None
    )


def _putting(w: Words) -> str | None:
    return "pˈʌTɪŋ" if w[1] in ("green", "greens", "stroke", "practice", "surface") else None


def _tear(w: Words) -> str | None:
    if w.begins and w[1] in ("here", "along", "off", "open"):
        return "tˈɛɹ"
    if w[1] in ("strip", "strips", "resistant") or w[-2] == "grade" or w[-1] == "acl":
        return "tˈɛɹ"
    if (
        (w[-1] in ("and",) and w[-2] == "wear")
        or w.near(_CLOTH, 4)
        or (w[1] in word_set("up down apart off open out through it the this") and w[-1] not in ("a", "one", "single"))
    ):
        return "tˈɛɹ"
    return "tˈɛɹ" if w.is_verb else "tˈɪɹ"


def _tears(w: Words) -> str | None:
    return (
        "tˈɛɹz"
        if (w.tag == "VBZ" and w[-1] not in word_set("in of into with the her his their my to")) or w.near(_CLOTH, 3)
        else "tˈɪɹz"
    )


def _wind(w: Words) -> str | None:
    turns = (
        w.is_command
        or (w.begins and w[1] in ("down", "up", "back", "around"))
        or (
            w[-1] in word_set("to will can must don't let's you we they i should please")
            and w[1] in (*_OBJECTS, "down", "up", "around", "back", "through", "along", "between")
        )
    )
    return "wˈInd" if turns else "wˈɪnd"


def _wound(w: Words) -> str | None:
    if w[-1] in ("he", "she", "they", "i", "we", "it", "road", "river", "path", "trail") and w[1] in (
        *_OBJECTS,
        "up",
        "down",
        "around",
        "through",
        "uphill",
    ):
        return "wˈWnd"
    return (
        "wˈWnd"
        if w[1] in word_set("up down around round through back its along tightly tight")
        or w[-1] in ("tightly", "get", "gets", "got")
        else "wˈund"
    )


def _minute(w: Words) -> str | None:
    small = word_set(
        "traces trace amounts amount details detail differences difference quantities quantity changes particles "
        "fraction bits pieces parts scale cracks doses crystals organisms holes portion"
    )
    if w[-1] in ("is", "are", "was", "were") and w[1] in ("", ".", ",", "but", "and", "compared", "!"):
        return "mInˈut"
    return "mInˈut" if w[1] in small or (w[-1] in ("very", "extremely", "so", "almost") and w[-2] in _BE) else "mˈɪnət"


def _close(w: Words) -> str | None:
    if (w[-1] in ("the", "at") and w[1] in ("of",)) or w.is_command:
        return "klˈOz"
    nearby = w[1] in word_set(
        "to friend friends by call attention enough ties tie match range relationship second look race quarters "
        "together up contact eye family relative relatives watch proximity collaboration cooperation partner partners "
        "working connection behind"
    )
    if nearby and w[-1] not in word_set("to will please must can should we they you i don't let's and"):
        return "klˈOs"
    if w[-1] in word_set(
        "very so too how as get gets got getting stay come came keep kept stand a pretty really quite not fairly up"
    ):
        return "klˈOs"
    if w[-1] in _BE:
        return "klˈOs"
    return "klˈOz" if w.is_verb or w[-1] in _BEFORE_VERBS else None


def _use(w: Words) -> str | None:
    if (
        w[1] == "of"
        or w[-1]
        in word_set(
            "in of no make makes made for into fair personal commercial home daily single land energy water "
            "regular heavy drug everyday any from with"
        )
        or w.is_noun
    ):
        return "jˈus" if not (w[-1] in ("which", "what") and w[1] in _OBJECTS) else "jˈuz"
    return "jˈuz" if w.begins or w.is_verb or w[-1] in _BEFORE_VERBS or w.tag.startswith("VB") else None


def _uses(w: Words) -> str | None:
    return (
        "jˈusᵻz"
        if w[1] == "of"
        or w[-1]
        in word_set(
            "many the these its other different several common various new has have of two three main possible medical"
        )
        else "jˈuzᵻz"
    )


def _polish(w: Words) -> str | None:
    return (
        "pˈɑlɪʃ"
        if w.is_command or w[-1] in _CERTAIN_VERBS or w[-1] in ("nail", "shoe", "floor", "furniture", "silver")
        else None
    )


def _dove(w: Words) -> str | None:
    return (
        "dˈOv"
        if w[1] in word_set("into in down under off head deep deeper for straight right")
        and w[-1] not in ("a", "the", "white", "mourning")
        else "dˈʌv"
    )


def _resume(w: Words) -> str | None:
    paper = (
        w[-1]
        in word_set(
            "my your his her their a the our updated new this that strong good whose submit send upload one-page great"
        )
        and w[1] not in _OBJECTS
    )
    return "ɹˈɛzəmˌA" if paper or w[1] in ("builder", "writing", "template", "review", "tips") else "ɹəzˈum"


def _refuse(w: Words) -> str | None:
    return (
        "ɹˈɛfjus"
        if w[1] in word_set("truck trucks collection bin bins dump disposal bags site sacks")
        or (w[-1] in ("household", "garden", "of", "the") and w[1] != "to")
        else None
    )


def _moped(w: Words) -> str | None:
    return (
        "mˈOpt"
        if w[1] in ("about", "around", "all") or (w[-1] in ("he", "she", "they") and w[1] != "was")
        else "mˈOpˌɛd"
    )


def _sow(w: Words) -> str | None:
    return "sˈW" if w.is_noun and w[1] not in _OBJECTS else "sˈO"


def _excuse(w: Words) -> str | None:
    if w[1] in ("me", "us", "my", "our", "the") and not w.is_noun:
        return "ɪkskjˈuz"
    return (
        "ɪkskjˈus"
        if w.is_noun or w[-1] in ("good", "any", "lame", "poor", "of", "real")
        else "ɪkskjˈuz"
        if w.is_verb
        else None
    )


def _house(w: Words) -> str | None:
    return (
        "hˈWz"
        if (w.is_verb and not w.is_noun)
        or (
            w[-1] in ("they", "we", "buildings", "which", "that")
            and (
                w[1] in _OBJECTS
                or w[1] in word_set("up more over two three ten hundreds thousands many about people families students")
            )
        )
        else None
    )


def _invalid(w: Words) -> str | None:
    return (
        "ˈɪnvələd"
        if w.is_noun
        and w[1] in ("and", ".", ",", "in", "", "chair")
        and w[-1] in ("an", "the")
        and w[-2] in ("as", "was", "became", "become", "for", "of", "for")
        else "ɪnvˈæləd"
    )


def _desert(w: Words) -> str | None:
    return (
        "dɪzˈɜɹt"
        if (w.is_verb and w[1] in _OBJECTS)
        or (w[-1] in ("to", "not", "never") and w[-2] not in ("the", "drive", "close") and w[1] in (*_OBJECTS, "you"))
        else "dˈɛzəɹt"
    )


def _abuse(w: Words) -> str | None:
    return "əbjˈuz" if w.is_verb or w[-1] in ("not", "they", "we", "never", "who") else None


def _number(w: Words) -> str | None:
    return (
        "nˈʌməɹ"
        if w[-1] in ("grew", "got", "feel", "felt", "feels", "became", "even", "getting", "went", "go")
        and w[1] in ("", ".", ",", "and", "than", "!")
        else "nˈʌmbəɹ"
    )


def _learned(w: Words) -> str | None:
    return (
        "lˈɜɹnəd"
        if w[1]
        in (
            "man",
            "woman",
            "scholar",
            "scholars",
            "judge",
            "friend",
            "colleague",
            "men",
            "professor",
            "society",
            "journal",
        )
        else None
    )


def _aged(w: Words) -> str | None:
    return (
        "ˈAʤəd"
        if w[-1] == "the" and w[1] not in ("cheese", "care", "population", "beef", "wine", "whiskey", "steak", "wood")
        else "ˈAʤd"
    )


def _axes(w: Words) -> str | None:
    return (
        "ˈæksəz"
        if w.near(
            word_set(
                "sharp wood chop chopped lumberjack lumberjacks tools hatchets battle throwing firefighters saws "
                "cut swing"
            ),
            4,
        )
        else None
    )


def _bases(w: Words) -> str | None:
    return (
        "bˈAsəz"
        if w.near(
            word_set(
                "loaded baseball military army air naval steal stole stolen runners both covered cover wins run "
                "all your touch soldiers troops three"
            ),
            4,
        )
        else None
    )


def _upset(w: Words) -> str | None:
    return (
        "ˈʌpsˌɛt"
        if w.is_noun
        and w[1]
        not in (
            "stomach",
            "about",
            "with",
            "by",
            "that",
            "customer",
            "customers",
            "child",
            "parent",
            "parents",
            "people",
        )
        else None
    )


def _won(w: Words) -> str | None:
    return "wˈɑn" if w[-1] in ("hundred", "thousand", "million", "billion", "korean") else "wˈʌn"


#: Word → its reading by the neighbouring words; None where the dictionary and the tagger decide.
READINGS: dict[str, Callable[[Words], str | None]] = {
    "putting": _putting,
    "blessed": _blessed,
    "does": _does,
    "won": _won,
    "abuse": _abuse,
    "number": _number,
    "learned": _learned,
    "aged": _aged,
    "axes": _axes,
    "bases": _bases,
    "upset": _upset,
    "live": _live,
    "lives": _lives,
    "lead": _lead,
    "read": _read,
    "bass": _bass,
    "bow": _bow,
    "tear": _tear,
    "tears": _tears,
    "wind": _wind,
    "wound": _wound,
    "minute": _minute,
    "close": _close,
    "use": _use,
    "uses": _uses,
    "polish": _polish,
    "dove": _dove,
    "resume": _resume,
    "refuse": _refuse,
    "moped": _moped,
    "sow": _sow,
    "excuse": _excuse,
    "house": _house,
    "invalid": _invalid,
    "desert": _desert,
}
