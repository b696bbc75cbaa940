"""Reading logs of any size: their end, or a page anywhere in them."""
