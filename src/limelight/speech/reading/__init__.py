"""How a script is read: text normalisation, then grapheme to phoneme.

    normalise      figures, signs, abbreviations and addresses written out as words; each subject has a module of rules
    asked          readings that tags and word lists ask for
    pronounce      normalised words in misaki's alphabet, by dictionaries, neighbouring words and a network

Knows sentences as written words; nothing of scripts, markup or sound.
"""
