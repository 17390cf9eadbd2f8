"""What v3 answers, inside of `data`; lists are `V3Page`."""
