"""The press: pages that run through papermill, their records, and the book made of them."""
