"""What is remembered is told once, and never of more keys than it may be."""

from letrics.remembered import Remembered


def test_a_key_is_told_once_until_there_are_too_many() -> None:
    """Two of three keys are remembered; with the third all others are forgotten, and are told anew."""
    asked: list[int] = []

    def tell(key: int) -> str:
        asked.append(key)
        return str(key)

    names = Remembered(tell, 2)
    assert [names[key] for key in (1, 2, 1, 2)] == ["1", "2", "1", "2"]
    assert asked == [1, 2]
    assert [names[key] for key in (3, 1, 3)] == ["3", "1", "3"]
    assert asked == [1, 2, 3, 1]
    assert len(names) == 2
