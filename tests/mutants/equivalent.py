"""The changes that no test can notice: the function, a part of the line after, and why."""

EQUIVALENT = {
    ("origins._ipv4_number", "ValueError(None)"): "its caller catches it and does not look at it",
    ("origins.canonical_ipv6", "mapped = None"): "only Python 3.13 and newer write it otherwise",
    ("origins.OriginPattern.parse", "key.rpartition"): "no scheme and no host has a second '://'",
    ("origins.OriginPattern.parse", '"XX*XX" in host'): "no origin has a '*' in its host anyway",
    ("origins.PatternIndex.find", "min(admitting, key=None)"): "the first of each is unique",
    ("origins.PatternIndex.find", "min(admitting, )"): "the first of each is unique",
    # Of an option that is as good as left out
    ("mistakes._decoded", '"LATIN-1"'): "codecs are named in any case",
    ("mistakes._key_meant", '"LATIN-1"'): "codecs are named in any case",
    ("advice._without_doubled_scheme", "HTTPS?"): "it is searched in any case",
    ("faults._split_scheme", "HTTPS?"): "it is searched in any case",
    ("policy.covers_method", '"get"'): "methods are compared in any case",
    ("policy._is_being_cancelled", '"cancelling", )'): "only Python 3.10 has no such attribute",
    ("policy._log_failure", "remember(predicate, "): "only whether it is remembered counts",
    ("origin_keys.examine_predicate", "signature.bind("): "the values of arguments do not count",
    # What is only quicker
    ("cors_config.CorsConfig.respond_again", "None"): "it is worked out anew, to the same end",
    ("cors_config.CorsConfig._first_answer", "response = None"): "it is worked out anew",
    ("mixin.CorsViewMixin.options", "config = "): "it is worked out anew, to the same end",
    ("mixin.CorsViewMixin.options", "response = None"): "it is worked out anew, to the same end",
    ("routing.ServingRoutes.methods", "resource = None"): "the router is asked, to the same end",
    ("routing.ServingRoutes.methods", "resource is None and"): "the router is asked",
    # A policy is a mapping, and so it may be read as a configuration
    ("handlers.brought_policy", "and False"): "the policy of a policy says the same",
    ("preflight_handler._PreflightHandler._answers", "and False"): "it says the same",
    # Greater than what is enough
    ("expressions._least", "[:4]"): "more than 201 are 201 too",
    ("expressions._least", "+ 2"): "202 are too many, as 201 are",
    ("expressions._members", "range(33, 128)"): "no class has DEL alone",
    ("faults._port_faults", "len(digits) > 6"): "six digits are more than 65535",
    ("strangers.site_of", "size <= len"): "there are no more labels than all",
    ("meant_addresses._before_star", '"XXXX"'): "it is no host of anybody, as an empty one is not",
    ("strangers.strangers_to", '"https", host, None'): "no port is written as an empty one is",
    ("expressions.with_escaped_dots", '"XXXX"'): "it is no quantifier, as nothing is none",
    ("registry.Registry._naming", "namingXX"): "any word tells it from the others",
    ("registry.Registry._naming", '"NAMING"'): "any word tells it from the others",
    ("faults.Parts.of", "rest, )"): "only the first part is looked at",
    ("faults.Parts.of", "maxsplit=2"): "only the first part is looked at",
    # Functions are looked up by no method
    ("registry.Registry._naming_layers", "(route.handler, None)"): "a function has no methods",
}
