"""Recognition: points for learning, measuring and answering, and small things for them (docs/recognition.md).

Never for how much medicine is taken, and never for buying any.
"""
