"""How a script is read: what is written becomes plain words, and words become phonemes.

    verbalise      figures, signs, abbreviations and addresses by their names; a module of rules for each subject
    asked          what tags and word lists ask for
    pronounce      plain words in misaki's alphabet, by dictionaries, neighbours and a network

Knows sentences as written words; nothing of scripts, markup or sound.
"""
