"""Training: Algorithm 1 of the paper (`joint`) and the unimodal encoders (`unimodal`)."""
