"""The frame of every page: menu, model picker, colours of classes, style."""
