"""What is answered: the shapes of every answer, as clients read them and as `/openapi.json` describes them."""
