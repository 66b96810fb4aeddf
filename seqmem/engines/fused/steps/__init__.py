"""From a traced cell to what the program runs at each step: products, and compiled loops between them."""
