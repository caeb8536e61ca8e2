"""Section `report` of params.yaml: what is shown, and how much of it."""

from pydantic import Field

from fas.schema import Section


class ReportParams(Section):
    """Bounds keep index.html small enough to be mailed; what they leave out of the page, the page tells.

    `faces: false` leaves every picture of a person out of reports/: faces are biometric data.
    """

    faces: bool = True
    worst: int = Field(default=12, ge=0)  # the live clips with the lowest and the attacks with the highest scores, so many of each
    gallery: int = Field(default=24, ge=0)  # test clips of a protocol, of all classes
    tsne: int = Field(default=500, ge=0)  # clips in a t-SNE
    embedded: float = Field(default=3.0, ge=0)  # MB of pictures in index.html
    listed: int = Field(default=200_000, ge=0)  # clips' scores in index.html, all tables, protocols and rows together
