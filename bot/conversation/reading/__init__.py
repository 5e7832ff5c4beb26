"""How a reply is understood: from its letters to the number it may mean, or the command it is."""
