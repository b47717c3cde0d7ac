"""Limits: what a model knows, keeps to and admits, tried out in minutes.

    facts         four answers, which one the model finds likeliest     needs a prober
    consistent    the same question several times, with chance          needs an engine
    injection     a document that gives orders; does the model obey?    needs an engine
    own base      what the documents tell, and what they cannot tell    needs `ask`

The steps of `run.py` take what they need as arguments; what is missing is left out and
said so.
"""
