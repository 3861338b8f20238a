"""Writing on the web: the form, what it refuses, how it saves by itself."""

import io

import pytest

from portfolio.domain import diary, programme
from portfolio.domain.diary import photographs
from tests.conftest import NOW
from tests.web.conftest import JSON, text
from tests.web.diary_forms import blank, hidden, page_of, picture

# Writing


def test_a_new_page_is_of_this_day_in_this_days_stage(mei):
    page = mei.get("/write")
    assert page.status_code == 200
    assert "14 Wednesday September 2022" in text(page)
    assert "Newly qualified doctor, by its day" in text(page)
    assert "Only you can read this." in text(page)
    assert len(hidden(page, "creation_key")) >= 16


def test_two_new_pages_become_two_entries(mei):
    assert hidden(mei.get("/write"), "creation_key") != hidden(mei.get("/write"), "creation_key")


def test_what_is_kept_is_read_by_nobody_else(mei, people, browser_of):
    answer = mei.send(
        "/write", blank(title="First night", body="It was *quiet*.", tags="night，first ward, night")
    )
    assert answer.status_code == 302
    page = mei.get(answer.location)
    assert "First night" in text(page)
    assert "<em>quiet</em>" in page.get_data(as_text=True)
    assert "Only you can read this." in text(page)
    entry = page_of(people.mei, answer.location.split("/")[-1]).entry
    assert (entry.tags, entry.draft, entry.audiences) == (("night", "first ward"), False, frozenset())
    for other in (people.lin, people.tan, people.zhou, people.jun, people.root, people.stranger):
        assert browser_of(other).get(answer.location).status_code == 404


def test_a_draft_is_kept_as_one_and_shared_with_nobody(mei, people):
    answer = mei.send("/write", blank(body="Half a thought", do="draft", audiences="mentor"))
    entry_id = answer.location.split("/")[-2]
    page = page_of(people.mei, entry_id)
    assert page.entry.draft
    assert not page.entry.audiences
    assert "a draft" in text(mei.get(answer.location))
    assert "Half a thought" in text(mei.get("/diary"))


def test_sharing_takes_effect_when_the_entry_is_kept(mei, lin, people):
    answer = mei.send("/write", blank(body="For Dr Lin.", audiences=["mentor", "cohort"]))
    page = text(mei.get(answer.location))
    assert "Dr Lin your mentor, since 14 September 2022" in page
    assert "Class of 2020 everybody in it" in page
    assert lin.get(answer.location).status_code == 200
    assert page_of(people.mei, answer.location.split("/")[-1]).entry.audiences == {"mentor", "cohort"}


def test_a_page_left_open_brings_no_grant_back(mei, people, kept):
    entry_id = kept("The lift stood still.", audiences=("mentor", "cohort"))
    shared = hidden(mei.get(f"/entries/{entry_id}/edit"), "sharing")
    mei.send(f"/entries/{entry_id}/readers", {"withdraw": "cohort"})
    form = blank(
        body="The lift moved.", version="1", sharing=shared, audiences=["mentor", "cohort", "faculty"]
    )
    assert mei.send(f"/entries/{entry_id}/edit", form).status_code == 302
    assert page_of(people.mei, entry_id).entry.audiences == {"mentor", "faculty"}


def test_taking_an_audience_out_of_the_form_takes_the_grant_back(mei, people, kept):
    entry_id = kept(audiences=("mentor", "cohort"))
    form = blank(body="More.", version="1", sharing="cohort mentor", audiences=["mentor"])
    mei.send(f"/entries/{entry_id}/edit", form)
    assert page_of(people.mei, entry_id).entry.audiences == {"mentor"}


def test_before_sharing_the_page_names_whom_each_audience_reaches(mei):
    page = text(mei.get("/write"))
    for words in (
        "Dr Lin your mentor",
        "Tan Yu your peer mentor",
        "Professor Zhou of the faculty",
        "Class of 2020",
    ):
        assert words in page


def test_who_belongs_to_no_cohort_is_told_so(people, browser_of):
    assert "there is nobody to share with" in text(browser_of(people.stranger).get("/write"))


def test_a_past_day_brings_its_stage_and_a_chosen_stage_stays(mei, people):
    past = mei.send("/write", blank(body="Then.", entry_date="2021-08-01")).location.split("/")[-1]
    assert page_of(people.mei, past).entry.stage.name == "Intern"
    chosen = blank(body="By hand.", stage=people.stages["Intern"], creation_key="form-2")
    by_hand = mei.send("/write", chosen).location.split("/")[-1]
    assert page_of(people.mei, by_hand).entry.stage.name == "Intern"
    form = mei.get(f"/entries/{by_hand}/edit")
    assert f'<option value="{people.stages["Intern"]}" selected' in form.get_data(as_text=True)
    back = blank(body="By hand.", version="1", stage="date", stage_was=hidden(form, "stage_was"))
    mei.send(f"/entries/{by_hand}/edit", back)
    assert page_of(people.mei, by_hand).entry.stage.name == "Newly qualified doctor"
    mei.send(f"/entries/{by_hand}/edit", blank(body="By hand.", version="2", stage=""))
    assert page_of(people.mei, by_hand).entry.stage is None


def test_the_threshold_mode_and_steps_are_kept_with_the_entry(mei, people):
    form = blank(
        body="Signed.", framework="gibbs", reflection_mode="on_action", kinds=["being", "doing"],
        before="asked", after="sign", helped="a nurse",
    )  # fmt: skip
    entry_id = mei.send("/write", form).location.split("/")[-1]
    entry = page_of(people.mei, entry_id).entry
    assert (entry.framework, entry.reflection_mode) == ("gibbs", "on_action")
    assert entry.threshold.kinds == ("doing", "being")
    page = text(mei.get(f"/entries/{entry_id}"))
    assert "A change in doing, being Before asked After sign What helped a nurse" in page
    mei.send(f"/entries/{entry_id}/edit", blank(body="Signed.", version="1"))
    assert page_of(people.mei, entry_id).entry.threshold is None


def test_answers_to_a_threshold_need_a_kind_and_the_text_is_kept(mei, people):
    answer = mei.send("/write", blank(body="Signed.", before="asked"))
    assert answer.status_code == 422
    assert "Say what changed: knowing, doing or being." in text(answer)
    (draft,) = diary.timeline(people.mei, now=NOW).entries
    assert draft.body == "Signed."
    assert hidden(answer, "version") == "1"
    assert f'action="/entries/{draft.public_id}/edit"' in answer.get_data(as_text=True)


def test_an_entry_can_tell_an_earlier_one_again(mei, people, kept):
    earlier = kept("I filled the silence.", title="Silence", entry_date=NOW.date().replace(day=1))
    page = mei.get(f"/write?retells={earlier}")
    assert "Then, on 1 September 2022" in text(page)
    assert "I filled the silence." in text(page)
    later = mei.send("/write", blank(body="Again.", title="Silence again", retells=earlier)).location
    assert "Tells an earlier entry again: Silence · 1 September 2022" in text(mei.get(later))
    assert "Returned to in Silence again" in text(mei.get(f"/entries/{earlier}"))


def test_an_entry_cannot_tell_a_later_or_a_foreign_one_again(mei, people, kept):
    later, foreign = kept("Later."), kept("Jun's.", by=people.jun)
    for n, wrong in enumerate((later, foreign, "nosuch")):
        form = blank(body="Before.", entry_date="2022-09-01", retells=wrong, creation_key=f"again-{n}")
        answer = mei.send("/write", form)
        assert answer.status_code == 422
        assert 'id="f-retells-error"' in answer.get_data(as_text=True)
    assert "Jun's" not in text(answer)


def test_a_running_prompt_lies_beside_the_page_and_can_be_answered(mei, people):
    prompt = programme.set_prompt(
        people.lin,
        people.cohort_id,
        "What did you not say?",
        starts_on=NOW.date(),
        ends_on=NOW.date(),
        now=NOW,
    )
    page = mei.get("/write")
    assert "What did you not say? Dr Lin asks, until 14 September" in text(page)
    assert f'value="{prompt.public_id}" checked' not in page.get_data(as_text=True)
    assert f'value="{prompt.public_id}" checked' in mei.get(f"/write?prompt={prompt.public_id}").get_data(
        as_text=True
    )
    kept = mei.send("/write", blank(body="That I was afraid.", prompt=prompt.public_id)).location
    assert "What did you not say? Dr Lin asked on 14 September 2022" in text(mei.get(kept))


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"entry_date": "2022-09-15"}, "date", "of today or of a day past"),
        ({"entry_date": "14.9.2022"}, "date", "Write it as 2022-09-14."),
        ({"entry_date": "1066-10-14"}, "date", "The earliest date is"),
        ({"stage": "nosuchstage"}, "stage", "not one of your programme"),
        ({"title": "t" * 301}, "title", "at most 300 characters"),
        ({"tags": "t" * 61}, "tags", "at most 60 characters"),
        ({"tags": ",".join(map(str, range(21)))}, "tags", "at most 20 tags"),
        ({"framework": "astrology"}, "framework", "Choose one of what is offered."),
        ({"reflection_mode": "later"}, "reflection_mode", "Choose one of what is offered."),
        ({"body": " \n "}, "body", "There is nothing written yet."),
    ],
)
def test_what_needs_another_look_is_said_at_its_field_and_the_text_stays(mei, people, form, field, sentence):
    answer = mei.send("/write", blank(**{"body": "Do not lose me.", **form}))
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert sentence in text(answer)
    assert f'id="f-{field}-error"' in html
    assert f'aria-describedby="f-{field}-error"' in html
    if "body" not in form:
        assert "Do not lose me." in html
    assert diary.timeline(people.mei, now=NOW).total == 0


def test_a_body_of_two_megabytes_is_refused_with_the_text_still_there(mei):
    answer = mei.send("/write", blank(body="long " * 400_000))
    assert answer.status_code == 422
    assert "longer than 1,000,000 characters" in text(answer)
    assert "long long long" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "sentence"), [("stage", "not one of your programme"), ("prompt", "not one of your cohort")]
)
def test_the_stages_and_prompts_of_others_are_refused(people, browser_of, field, sentence):
    prompt = programme.set_prompt(
        people.lin, people.cohort_id, "What did you hear?", starts_on=NOW.date(), now=NOW
    )
    value = {"stage": people.stages["Intern"], "prompt": prompt.public_id}[field]
    answer = browser_of(people.stranger).send("/write", blank(body="Mine.", **{field: value}))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "What did you hear?" not in text(answer)


def test_unknown_audiences_are_refused(mei, people):
    answer = mei.send("/write", blank(body="Mine.", audiences=["everybody"]))
    assert answer.status_code == 422
    assert not diary.timeline(people.mei, now=NOW).entries[0].audiences


def test_who_is_in_two_programmes_chooses_among_the_stages_of_both(mei, people):
    assert "<optgroup" not in mei.get("/write").get_data(as_text=True)
    assert "One tick" not in text(mei.get("/write"))
    made = programme.make_programme(
        people.zhou, "Fellowship", timezone="UTC",
        stages=[programme.StageDraft("Fellow", "", NOW.date())], now=NOW,
    )  # fmt: skip
    cohort = programme.make_cohort(people.zhou, made.public_id, "Fellows", now=NOW)
    programme.join(people.mei, cohort.join_code, now=NOW)
    page = mei.get("/write")
    assert '<optgroup label="Reflective Practice">' in page.get_data(as_text=True)
    assert '<optgroup label="Fellowship">' in page.get_data(as_text=True)
    assert "Newly qualified doctor (Reflective Practice) and Fellow (Fellowship)" in text(page)
    assert "One tick for all of these cohorts" in text(page)
    chosen = blank(body="By hand.", stage=people.stages["Intern"])
    entry_id = mei.send("/write", chosen).location.split("/")[-1]
    assert page_of(people.mei, entry_id).entry.stage.name == "Intern"
    edit = mei.get(f"/entries/{entry_id}/edit").get_data(as_text=True)
    assert f'<option value="{people.stages["Intern"]}" selected' in edit


# Saving by itself


def test_a_new_entry_saves_itself_as_a_draft_and_then_by_its_version(mei, people):
    first = mei.send("/write", blank(body="She stood", do="auto"), headers=JSON)
    assert first.status_code == 200
    answer = first.get_json()
    assert (answer["version"], answer["draft"], answer["saved"]) == (1, True, "Saved 20:00")
    again = mei.send(
        answer["url"], blank(body="She stood still", version="1", do="auto"), headers=JSON
    ).get_json()
    assert (again["entry"], again["version"]) == (answer["entry"], 2)
    assert page_of(people.mei, answer["entry"]).entry.draft


def test_an_answer_that_got_lost_makes_no_second_entry(mei, people):
    for body in ("Lost", "Lost and found"):
        mei.send("/write", blank(body=body, do="auto"), headers=JSON)
    assert [d.body for d in diary.desk(people.mei, now=NOW).drafts] == ["Lost and found"]


def test_a_kept_entry_that_saves_itself_stays_kept_and_shared(mei, people, kept):
    entry_id = kept(audiences=("mentor",))
    form = blank(body="More.", version="1", do="auto", audiences=[])
    answer = mei.send(f"/entries/{entry_id}/edit", form, headers=JSON).get_json()
    assert not answer["draft"]
    assert page_of(people.mei, entry_id).entry.audiences == {"mentor"}


def test_a_stale_save_gets_both_texts_and_changes_nothing(mei, people, kept):
    entry_id = kept("As it was.", title="Round")
    mei.send(
        f"/entries/{entry_id}/edit",
        blank(title="Round", body="From the ward.", version="1", do="auto"),
        headers=JSON,
    )
    form = blank(title="Round", body="From the phone.", version="1")
    answer = mei.send(f"/entries/{entry_id}/edit", {**form, "do": "auto"}, headers=JSON)
    assert answer.status_code == 409
    found = answer.get_json()
    assert (found["error"], found["version"]) == ("stale", 2)
    assert (found["current_title"], found["current_body"]) == ("Round", "From the ward.")
    page = mei.send(f"/entries/{entry_id}/edit", form)
    assert page.status_code == 409
    assert "This entry was also changed elsewhere." in text(page)
    assert "From the ward." in text(page)
    assert "From the phone." in text(page)
    assert page_of(people.mei, entry_id).entry.body == "From the ward."
    assert (hidden(page, "version"), hidden(page, "apart")) == ("2", "1")
    mei.send(f"/entries/{entry_id}/edit", {**form, "version": "2", "apart": "1"})
    bodies = [r.body for r in diary.history(people.mei, entry_id, now=NOW).revisions]
    assert bodies[-2:] == ["From the ward.", "From the phone."]


def test_a_save_after_the_session_ended_hears_401_and_no_page(mei, people, clock):
    token = mei.token()
    clock.forward(days=15)
    answer = mei.post("/write", data=blank(body="Still here.", csrf_token=token), headers=JSON)
    assert answer.status_code == 401
    assert answer.get_json()["csrf"]
    page = mei.post("/write", data=blank(body="Still here.", csrf_token=token))
    assert page.status_code == 401
    assert "Still here." in page.get_data(as_text=True)


def test_a_refused_save_names_the_field(mei):
    answer = mei.send("/write", blank(body="x", entry_date="2031-01-01", do="auto"), headers=JSON)
    assert answer.status_code == 422
    assert answer.get_json()["field"] == "entry_date"
    assert "of today or of a day past" in answer.get_json()["message"]


def test_a_mark_that_is_refused_still_says_what_was_saved(mei):
    answer = mei.send("/write", blank(body="x", before="only half"), headers=JSON)
    assert answer.status_code == 422
    assert (answer.get_json()["field"], answer.get_json()["version"]) == ("kinds", 1)


def test_half_a_threshold_does_not_stop_the_text_from_saving_itself(mei, people):
    answer = mei.send("/write", blank(body="x", before="only half", do="auto"), headers=JSON)
    assert answer.status_code == 200


def test_a_save_without_a_version_is_refused(mei, kept):
    for wrong in ("", "0", "-1", "one", "9" * 12):
        assert mei.send(f"/entries/{kept()}/edit", blank(body="x", version=wrong)).status_code == 422


def test_the_preview_is_safe_html(mei):
    answer = mei.send("/preview", {"body": "**So** <script>alert(1)</script>"}, headers=JSON)
    assert "<strong>So</strong>" in answer.get_json()["html"]
    assert "<script" not in answer.get_json()["html"]
    page = mei.send("/write", blank(body="**So**", do="preview"))
    assert "<strong>So</strong>" in page.get_data(as_text=True)


def test_a_preview_keeps_nothing(mei, people):
    mei.send("/write", blank(body="Only looking.", do="preview"))
    assert not diary.desk(people.mei, now=NOW).drafts


def test_editing_shows_the_entry_as_it_is(mei, kept):
    entry_id = kept("The lift\nstood still.", title="Lift", tags=("night",), audiences=("mentor",))
    html = mei.get(f"/entries/{entry_id}/edit").get_data(as_text=True)
    assert "The lift\nstood still.</textarea>" in html
    assert 'name="tags" value="night"' in html
    assert 'value="mentor" checked' in html
    assert "You and Dr Lin can read this." in html


# Photographs


def test_a_photograph_is_added_described_seen_and_removed(mei, people, kept):
    entry_id = kept()
    answer = mei.send(
        f"/entries/{entry_id}/photographs", {"photographs": (io.BytesIO(picture()), "ward.jpg")}, headers=JSON
    )
    assert answer.status_code == 200
    (photograph_id,) = answer.get_json()["photographs"]
    assert f'name="alt-{photograph_id}"' in answer.get_json()["html"]
    form = {f"alt-{photograph_id}": "A window", f"caption-{photograph_id}": "Before the round"}
    mei.send(f"/entries/{entry_id}/edit", blank(body="The ward was quiet.", version="1", **form))
    page = mei.get(f"/entries/{entry_id}").get_data(as_text=True)
    assert 'alt="A window"' in page
    assert "Before the round</figcaption>" in page
    sent = mei.get(f"/photographs/{photograph_id}")
    assert sent.mimetype == "image/jpeg"
    assert sent.headers["Content-Disposition"] == f"inline; filename={photograph_id}.jpg"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Cache-Control"] == "private, no-cache"
    assert sent.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    etag = {"If-None-Match": sent.headers["ETag"]}
    assert mei.get(f"/photographs/{photograph_id}", headers=etag).status_code == 304
    assert mei.send(f"/photographs/{photograph_id}/remove", headers=JSON).get_json() == {
        "removed": photograph_id
    }
    assert mei.get(f"/photographs/{photograph_id}").status_code == 404


def test_photographs_come_with_the_form_too_and_go_by_its_button(mei, people):
    files = [(io.BytesIO(picture()), "a.jpg"), (io.BytesIO(picture(kind="PNG")), "b.png")]
    entry_id = mei.send("/write", blank(body="Two.", do="draft", photographs=files)).location.split("/")[-2]
    first, second = page_of(people.mei, entry_id).entry.photographs
    answer = mei.send(f"/entries/{entry_id}/edit", blank(body="Two!", version="1", remove=first.public_id))
    assert answer.location == f"/entries/{entry_id}/edit"
    entry = page_of(people.mei, entry_id).entry
    assert [p.public_id for p in entry.photographs] == [second.public_id]
    assert (entry.body, entry.draft) == ("Two!", True)


def test_a_photograph_without_a_word_is_a_draft_that_asks_for_one(mei, people):
    form = blank(photographs=(io.BytesIO(picture()), "a.jpg"))
    asked = mei.send("/write", form)
    assert asked.status_code == 422
    assert "Your photograph is in a draft now. Write a line to it." in text(asked)
    draft = diary.desk(people.mei, now=NOW).drafts[0]
    assert (draft.body, len(draft.photographs)) == ("", 1)
    assert draft.photographs[0].public_id in asked.get_data(as_text=True)
    words = blank(body="The window.", version=hidden(asked, "version"))
    mei.send(f"/entries/{draft.public_id}/edit", words)
    kept = page_of(people.mei, draft.public_id).entry
    assert (kept.body, kept.draft, len(kept.photographs)) == ("The window.", False, 1)


def test_a_draft_may_be_without_words_but_nothing_that_is_kept(mei, people, kept):
    first = mei.send("/write", blank(do="auto"), headers=JSON)
    assert (first.status_code, first.get_json()["draft"]) == (200, True)
    assert mei.send(first.get_json()["url"], blank(version="1")).status_code == 422
    entry_id = kept()
    assert mei.send(f"/entries/{entry_id}/edit", blank(version="1", do="auto")).status_code == 422
    assert page_of(people.mei, entry_id).entry.body


def test_a_photograph_that_was_removed_elsewhere_stops_no_save(mei, people, kept):
    entry_id = kept()
    form = blank(
        body="Still saved.", version="1", do="auto", **{"alt-nosuch": "A window", "caption-nosuch": ""}
    )
    assert mei.send(f"/entries/{entry_id}/edit", form, headers=JSON).status_code == 200
    assert page_of(people.mei, entry_id).entry.body == "Still saved."


@pytest.mark.parametrize("content", [b"GIF89a nothing", b"<svg xmlns='x'/>", b"", b"\xff\xd8\xff broken"])
def test_what_is_no_photograph_is_refused_and_the_text_kept(mei, people, content):
    files = (io.BytesIO(content), "p.jpg")
    answer = mei.send("/write", blank(body="With a file.", photographs=files))
    assert answer.status_code == 422
    assert "This is not a photograph that can be read." in text(answer)
    assert diary.timeline(people.mei, now=NOW).entries[0].body == "With a file."


def test_photographs_follow_the_grant_of_their_entry(mei, lin, people, browser_of, kept):
    entry_id = kept(audiences=("mentor",))
    photo = photographs.add_photograph(people.mei, entry_id, picture(), now=NOW).public_id
    assert lin.get(f"/photographs/{photo}").status_code == 200
    for other in (people.tan, people.jun, people.zhou, people.root, people.stranger):
        assert browser_of(other).get(f"/photographs/{photo}").status_code == 404
    mei.send(f"/entries/{entry_id}/readers", {"withdraw": "mentor"})
    assert lin.get(f"/photographs/{photo}").status_code == 404


def test_a_photograph_stands_in_the_preview_of_its_own_entry_only(mei, people, kept):
    mine, other = kept(), kept()
    photo = photographs.add_photograph(people.mei, mine, picture(), alt="A lamp", now=NOW).public_id
    body = f"![A lamp](/photographs/{photo})"
    assert "<img" in mei.send("/preview", {"body": body, "entry": mine}, headers=JSON).get_json()["html"]
    assert "<img" not in mei.send("/preview", {"body": body, "entry": other}, headers=JSON).get_json()["html"]
