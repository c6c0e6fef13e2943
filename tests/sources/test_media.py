import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from sayso.errors import DataError
from sayso.records import Media
from sayso.sources import load_image, probe_image, verify_image
from sayso.sources._media import MAX_PIXELS, probe_bytes


def save(path: Path, *, size: tuple[int, int] = (40, 30), color: str = "red") -> Path:
    Image.effect_noise(size, 80).convert("RGB").save(path) if color == "noise" else Image.new("RGB", size, color).save(
        path
    )
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is large and carries almost nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_a_probed_file_has_its_size_and_loads(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    media = probe_image(Path("a.png"), root=tmp_path)
    assert (media.width, media.height) == (40, 30)
    assert load_image(media).getpixel((3, 3)) == (255, 0, 0)
    verify_image(media)


def test_embedded_bytes_load_like_the_file(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", color="noise")
    media = probe_bytes(path.read_bytes())
    assert (media.width, media.height, media.path) == (40, 30, None)
    assert load_image(media).tobytes() == load_image(probe_image(path, root=tmp_path)).tobytes()


def test_transparent_parts_become_white_and_grey_becomes_rgb(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("L", (4, 4), 7).save(tmp_path / "grey.png")
    assert load_image(Media(path=str(tmp_path / "clear.png"), width=4, height=4)).getpixel((0, 0)) == (255, 255, 255)
    assert load_image(Media(path=str(tmp_path / "grey.png"), width=4, height=4)).getpixel((0, 0)) == (7, 7, 7)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png does not exist; check"):
        probe_image(Path("gone.png"), root=tmp_path)
    with pytest.raises(DataError, match=r"gone\.png does not exist"):
        load_image(Media(path=str(tmp_path / "gone.png"), width=1, height=1))


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_truncated_file_is_refused_when_probed_and_when_loaded(tmp_path: Path, suffix: str) -> None:
    whole = save(tmp_path / f"whole.{suffix}", size=(200, 200), color="noise").read_bytes()
    (tmp_path / f"cut.{suffix}").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.\w+ is truncated or damaged .*; copy it again"):
        probe_image(Path(f"cut.{suffix}"), root=tmp_path)
    with pytest.raises(DataError, match="truncated"):
        load_image(Media(path=str(tmp_path / f"cut.{suffix}"), width=200, height=200))
    with pytest.raises(DataError, match="row 3 is truncated"):
        probe_bytes(whole[: len(whole) // 2], name="row 3")


def test_a_complete_jpeg_with_trailing_bytes_is_fine(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", color="noise")
    path.write_bytes(path.read_bytes() + b"\0" * 5000)
    assert probe_image(path, root=tmp_path).width == 40


def test_what_is_not_an_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(DataError, match="not in a format that Pillow reads"):
        probe_image(Path("a.png"), root=tmp_path)
    with pytest.raises(DataError, match="not in a format that Pillow reads"):
        probe_bytes(b"hello")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(DataError, match=r"folder\.png cannot be opened"):
        probe_image(Path("folder.png"), root=tmp_path)


@pytest.mark.parametrize("side", [7_100, 12_000, 60_000], ids=["above ours", "Pillow warns", "Pillow refuses"])
@pytest.mark.filterwarnings("default::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_never_decoded(tmp_path: Path, side: int) -> None:
    assert side * side > MAX_PIXELS
    (tmp_path / "bomb.png").write_bytes(png_header(side, side))
    for refuse in (
        lambda: probe_image(Path("bomb.png"), root=tmp_path),
        lambda: load_image(Media(path=str(tmp_path / "bomb.png"), width=side, height=side)),
        lambda: probe_bytes(png_header(side, side)),
    ):
        with pytest.raises(DataError, match="more than 50,000,000 pixels and is not decoded"):
            refuse()


def test_a_path_that_leaves_its_root_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    outside = save(tmp_path / "secret.png")
    (root / "link.png").symlink_to(outside)
    for path in (Path("../secret.png"), outside, Path("link.png")):
        with pytest.raises(DataError, match="leaves its folder"):
            probe_image(path, root=root)


def test_a_link_inside_the_root_and_a_linked_root_are_fine(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "alias").symlink_to(tmp_path)
    assert probe_image(Path("b.png"), root=tmp_path / "alias").width == 40


def test_verify_finds_a_stated_size_that_is_wrong(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png is 40 x 30 pixels, not 41 x 30"):
        verify_image(Media(path=str(path), width=41, height=30))


def test_a_reference_to_an_unknown_source_says_which_are_known() -> None:
    with pytest.raises(DataError, match=r"'shape:v1'.*did you mean 'shapes'"):
        load_image(Media(path="shape:v1", width=1, height=1))
    with pytest.raises(DataError, match="source 'jsonl' draws no pictures"):
        load_image(Media(path="jsonl:x", width=1, height=1))


def test_a_medium_without_pixels_or_of_another_kind_is_refused() -> None:
    with pytest.raises(DataError, match="neither path nor data"):
        load_image(Media(width=1, height=1))
    with pytest.raises(DataError, match=r"a\.wav.* is audio"):
        load_image(Media(kind="audio", path="a.wav", width=1, height=1))


def test_a_drive_letter_is_not_a_source() -> None:
    with pytest.raises(DataError, match="does not exist"):
        load_image(Media(path="C:\\pictures\\a.png", width=1, height=1))


def test_pictures_in_memory_are_not_kept_open() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, "WEBP")
    media = probe_bytes(buffer.getvalue())
    assert [load_image(media).size for _ in range(3)] == [(3, 2)] * 3


def test_a_picture_of_sixteen_bits_keeps_its_greys(tmp_path: Path) -> None:
    greys = bytes(byte for step in range(256) for byte in (0, step))  # little-endian, 256 times 0 to 255
    Image.frombytes("I;16", (16, 16), greys).save(tmp_path / "ray.png")
    shown = load_image(probe_image(Path("ray.png"), root=tmp_path))
    assert [pixel[0] for pixel in shown.get_flattened_data()] == list(range(256))


@pytest.mark.parametrize("name", ["train\\a b.JPG", ".\\train\\a b.JPG", "train/a b.JPG"])
def test_a_name_written_on_windows_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "train").mkdir()
    save(tmp_path / "train" / "a b.JPG")
    assert probe_image(Path(name), root=tmp_path).path == str(tmp_path / "train" / "a b.JPG")


def test_a_name_written_on_windows_leaves_no_folder(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    (tmp_path / "in").mkdir()
    with pytest.raises(DataError, match="leaves its folder"):
        probe_image(Path("..\\a.png"), root=tmp_path / "in")


@pytest.mark.parametrize(("mode", "ending"), [("L", "jpg"), ("CMYK", "jpg"), ("1", "png"), ("P", "gif"), ("LA", "png")])
def test_pictures_of_every_mode_load_in_rgb(tmp_path: Path, mode: str, ending: str) -> None:
    Image.new("RGB", (20, 10), "white").convert(mode).save(tmp_path / f"ü{mode}.{ending}")
    shown = load_image(probe_image(Path(f"ü{mode}.{ending}"), root=tmp_path))
    assert (shown.mode, shown.size, shown.getpixel((3, 3))) == ("RGB", (20, 10), (255, 255, 255))
