"""What words on the picture are drawn with: families of fonts, the characters that they have, colours that are read."""
