"""What a survey finds, one file a figure: numbers go in, documents of plain JSON come out."""
