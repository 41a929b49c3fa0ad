"""Floor 3: solutions, what people decide with: what each reads, what it means, and how it is made a page. Pure."""
