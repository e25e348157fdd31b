"""EPCIS 2.0: what happened to a shipment's packages and containers, as partners' systems read it."""
