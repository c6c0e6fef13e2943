from sayso.records import AnnotatedItem, Media
from sayso.tasks import NEEDS, get, meets, provides

IMAGE = Media(path="a.png", width=4, height=4)


def test_a_bare_item_provides_nothing():
    assert provides(AnnotatedItem(id="x", source="s")) == frozenset()


def test_a_full_scene_provides_all_but_a_second_image(scene):
    assert provides(scene) == NEEDS.keys() - {"two_images", "phrases", "steps", "conversation"}


def test_one_and_two_images_are_told_apart(item):
    assert provides(item()) == {"image", "images"}
    assert provides(item(media=(IMAGE, IMAGE))) == {"two_images", "images"}
    assert provides(item(media=(IMAGE,) * 3)) == {"images"}


def test_an_image_with_a_sound_is_not_a_lone_image(item):
    assert "image" not in provides(item(media=(IMAGE, Media(kind="audio", path="a.wav", width=0, height=0))))


def test_a_crowd_has_no_box_to_ask_about(item, thing):
    assert "boxes" not in provides(item(thing("person", 0, 0, crowd="yes")))


def test_a_position_alone_is_no_look(item, thing):
    assert "attributes" not in provides(item(thing("word", 0, 0, position="top left")))


def test_a_task_meets_an_item_with_all_of_its_needs(item, thing):
    assert meets(get("color_recognition"), item(thing("circle", 0, 0, color="red")))
    assert not meets(get("color_recognition"), item(thing("circle", 0, 0)))
