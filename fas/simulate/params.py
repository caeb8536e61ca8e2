"""Parameters of the embedded default: how many captures are simulated, and how strongly an instrument shows."""

from pydantic import Field

from fas.schema import Section


class LookParams(Section):
    """How hard the simulated attacks are to tell. Factors multiply what `domains.py` says of each instrument (1 = as there)."""

    pattern: float = Field(default=1.0, ge=0.0, le=2.0, description="amplitude of the print's halftone and of the screen's pixel grid")
    black: float = Field(default=1.0, ge=0.0, le=2.0, description="black level of the medium, which lowers its contrast")
    fading: float = Field(default=1.0, ge=0.0, le=2.0, description="loss of saturation in the medium")
    softness: float = Field(default=1.0, ge=0.0, le=2.0, description="blur of the picture that was printed or is shown")
    cast: float = Field(default=1.0, ge=0.0, le=2.0, description="colour cast of the medium")
    contrast_control: float = Field(default=0.5, ge=0.0, le=1.0, description="share of a contrast difference that the camera removes")
    pores: float = Field(default=1.0, ge=0.0, le=2.0, description="fine structure of live skin")
    still: float = Field(default=0.25, ge=0.0, le=1.0, description="share of people who hardly move")


class SimulateParams(Section):
    """Section `simulate`. The seed decides everything that is drawn; a capture does not depend on how many others there are."""

    seed: int = Field(default=117, ge=0)
    people: int = Field(default=8, ge=2, le=8, description="people in each of the four domains")
    live_per_person: int = Field(default=2, ge=1, le=2)
    attacks_per_person: int = Field(default=3, ge=2, le=3)
    faces_people: int = Field(default=8, ge=1, le=8, description="people of the live-only set")
    faces_clips: int = Field(default=4, ge=1, le=12, description="clips of each person of the live-only set")
    frames: int = Field(default=24, ge=2, le=250, description="frames of a clip")
    fps: int = Field(default=15, ge=1, le=60)
    planted: bool = Field(default=True, description="add captures without a face, a truncated file, and a rotation by metadata")
    look: LookParams = LookParams()
