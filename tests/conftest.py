from hypothesis import settings

settings.register_profile("fas", deadline=None)
settings.load_profile("fas")
