"""The peers, in clear text or as cryptographic longterm keys; they run in an environment of their own, which the product never imports."""
