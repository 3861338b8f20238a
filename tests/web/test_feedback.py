"""Feedback on the web: the queue, those whom somebody accompanies, the cohort, comments."""

import datetime as dt
import re
import zipfile

import pytest

from portfolio import jobs
from portfolio.domain import diary, feedback, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.web import feedback as feedback_pages
from tests.conftest import NOW
from tests.web.conftest import JSON, text

DAY = dt.timedelta(days=1)


@pytest.fixture
def kept(kept):
    """Keep an entry of Mei's, shared with her mentor unless said otherwise; returns its id."""
    return lambda *body, **values: kept(*body, **{"audiences": ("mentor",), **values})


def change(person, entry_id, body, now):
    version = diary.entry_version(person, entry_id)
    diary.save_entry(person, entry_id, Draft(body=body), version=version, now=now)


def said(**values):
    """The comment form as a browser sends it."""
    return {"body": "And then?", "revision": "1", "creation_key": "c1"} | values


def comments(person, entry_id):
    return diary.entry_page(person, entry_id, now=NOW).entry.comments


# The queue


def test_the_oldest_entry_is_open_to_be_read_and_answered(lin, kept):
    kept("The second.", title="Second", now=NOW)
    kept("The first.", title="First", now=NOW - 2 * DAY)
    page = lin.get("/mentoring")
    words = text(page)
    assert "2 left to read" in words
    assert words.index("First") < words.index("Second")
    assert "The first." in words
    assert "The second." not in words
    assert 'aria-current="true"><strong lang="en">First' in page.get_data(as_text=True)
    assert "Wang Mei shares this with their mentors. All of them see your comments." in words


def test_another_entry_of_the_queue_can_be_opened(lin, kept):
    kept("The first.", now=NOW - DAY)
    second = kept("The second.", title="Second")
    assert "The second." in text(lin.get(f"/mentoring?entry={second}"))


def test_an_entry_that_was_read_meanwhile_leads_to_its_page(lin, people, kept):
    entry_id = kept()
    feedback.mark_read(people.lin, entry_id, 1, now=NOW)
    assert lin.get(f"/mentoring?entry={entry_id}").location == f"/entries/{entry_id}"
    assert lin.get(lin.get("/mentoring?entry=nosuch").location).status_code == 404


def test_sending_leads_to_the_next_and_can_be_undone(lin, people, kept):
    first, _second = kept("The first.", now=NOW - DAY), kept("The second.")
    answer = lin.send(f"/entries/{first}/comments", said(next="/mentoring"))
    assert answer.location == "/mentoring"
    page = lin.get("/mentoring")
    assert "Sent." in text(page)
    assert "1 left to read" in text(page)
    assert "The second." in text(page)
    (comment,) = comments(people.mei, first)
    back = lin.send(
        re.search(rf'action="(/comments/{comment.public_id}/unsend)"', page.get_data(as_text=True))[1]
    )
    page = lin.get(back.location)
    assert "2 left to read" in text(page)
    assert "Your words are in the field again." in text(page)
    assert re.search(
        r'id="comment-body"[^>]* autofocus>\s*And then\?</textarea>', page.get_data(as_text=True)
    )


def test_what_was_not_sent_after_all_is_sent_again_as_one_comment(lin, mei, people, kept):
    entry_id = kept()
    lin.send(f"/entries/{entry_id}/comments", said(next="/mentoring"))
    (comment,) = comments(people.mei, entry_id)
    assert "And then?" in text(mei.get(f"/entries/{entry_id}"))
    again = lin.send(f"/comments/{comment.public_id}/unsend").location
    assert "And then?" not in text(mei.get(f"/entries/{entry_id}"))
    key = re.search(r'name="creation_key" value="([^"]+)"><input type="hidden" name="next" value="/mentoring">',
                    lin.get(again).get_data(as_text=True))[1]  # fmt: skip
    lin.send(f"/entries/{entry_id}/comments", said(body="And after that?", creation_key=key))
    assert [c.body for c in comments(people.mei, entry_id)] == ["And after that?"]


def test_an_answer_that_was_not_sent_stands_where_it_was_written(lin, people, kept):
    entry_id = kept()
    first = feedback.comment_on(people.lin, entry_id, "First.", revision_number=1, now=NOW - DAY)
    lin.send(f"/entries/{entry_id}/comments", said(answers=first, next="/mentoring"))
    (thread,) = comments(people.mei, entry_id)
    answer = lin.send(f"/comments/{thread.replies[0].public_id}/unsend")
    page = lin.get(answer.location).get_data(as_text=True)
    assert re.search(r'id="answer-1"[^>]* autofocus>\s*And then\?</textarea>', page)
    assert re.search(r'id="comment-body"[^>]*>\s*</textarea>', page)


@pytest.mark.parametrize("whose", ["sent", "another's", "nosuch"])
def test_only_ones_own_comment_that_was_taken_back_fills_the_field(lin, people, kept, whose):
    entry_id = kept(audiences=("mentor", "peer_mentor"))
    ids = {"nosuch": "nosuch"}
    for name, person in (("sent", people.lin), ("another's", people.tan)):
        ids[name] = feedback.comment_on(person, entry_id, "And then?", revision_number=1, now=NOW)
    feedback.withdraw_comment(people.tan, ids["another's"], now=NOW)
    page = lin.get(f"/entries/{entry_id}?again={ids[whose]}").get_data(as_text=True)
    assert re.search(r'id="comment-body"[^>]*>\s*</textarea>', page)


def test_a_long_list_is_shown_in_stretches(lin, kept, monkeypatch):
    monkeypatch.setattr(feedback_pages, "WAITING_SHOWN", 2)
    ids = [kept(f"Words {n}.", title=f"No. {n}", now=NOW - (9 - n) * DAY) for n in range(5)]
    first = lin.get("/mentoring")
    assert "5 left to read" in text(first)
    assert "1 to 2 of 5" in text(first)
    assert listed(first) == ["No. 0", "No. 1"]
    assert f'rel="next" href="/mentoring?entry={ids[2]}"' in first.get_data(as_text=True)
    assert 'rel="prev"' not in first.get_data(as_text=True)
    middle = lin.get(f"/mentoring?entry={ids[3]}")
    assert (listed(middle), "3 to 4 of 5" in text(middle)) == (["No. 2", "No. 3"], True)
    assert f'href="/mentoring?entry={ids[4]}">Later' in middle.get_data(as_text=True)
    last = lin.get(f"/mentoring?entry={ids[4]}")
    assert (listed(last), 'rel="next"' in last.get_data(as_text=True)) == (["No. 4"], False)
    assert f'rel="prev" href="/mentoring?entry={ids[2]}"' in last.get_data(as_text=True)


def listed(page):
    """The titles of what is left, in their order: the same folded on a phone as beside the page."""
    lists = re.findall(r'<nav class="waiting".*?</nav>', page.get_data(as_text=True), re.DOTALL)
    titles = [re.findall(r'<strong lang="en">(No. \d)', one) for one in lists]
    assert all(found == titles[0] for found in titles)
    return titles[0]


def test_what_was_read_without_a_comment_leaves_the_queue(lin, kept):
    entry_id = kept()
    lin.send(f"/entries/{entry_id}/read", {"revision": "1", "next": "/mentoring"})
    assert "Nothing waits for you" in text(lin.get("/mentoring"))


def test_looking_alone_marks_nothing_as_read(lin, people, kept):
    entry_id = kept()
    for _ in range(2):
        lin.get("/mentoring")
        lin.get(f"/entries/{entry_id}")
    assert len(feedback.waiting(people.lin, now=NOW)) == 1


def test_an_entry_that_changed_comes_back_as_what_changed(lin, people, kept):
    entry_id = kept("I waited for her.", now=NOW - 2 * DAY)
    feedback.mark_read(people.lin, entry_id, 1, now=NOW - DAY)
    change(people.mei, entry_id, "I began without her.", NOW)
    page = lin.get("/mentoring")
    assert "Wang Mei, changed since you read it" in text(page)
    assert "<del>" in page.get_data(as_text=True)
    assert "Changed since the version of 12 September, which you read" in text(page)
    whole = lin.get(f"/mentoring?entry={entry_id}&whole=1").get_data(as_text=True)
    assert "I began without her." in whole
    assert '<div class="prose diff"' not in whole


def test_what_reaches_a_mentor_only_through_the_cohort_does_not_wait(lin, people, kept):
    kept(audiences=("cohort",))
    kept(audiences=("faculty",))
    kept(audiences=("peer_mentor",))
    assert "Nothing waits for you" in text(lin.get("/mentoring"))
    assert len(feedback.waiting(people.tan, now=NOW)) == 1


def test_a_peer_mentor_has_a_queue_of_their_own(people, browser_of, kept):
    kept("For Tan.", audiences=("peer_mentor",))
    tan = browser_of(people.tan)
    assert "For Tan." in text(tan.get("/mentoring"))
    assert 'href="/mentoring"' in tan.get("/diary").get_data(as_text=True)


def test_those_who_are_accompanied_are_listed(lin, people, kept):
    kept()
    page = lin.get("/mentoring").get_data(as_text=True)
    assert (
        f'href="/mentoring/{people.mei.public_id}"><strong>Wang Mei</strong><span>1 shared entry</span>'
        in page
    )


def test_a_lead_finds_what_is_shared_with_the_faculty(people, browser_of, kept):
    kept("For the faculty.", title="To the faculty", audiences=("faculty",))
    kept("For the mentor.", title="To the mentor")
    page = text(browser_of(people.zhou).get("/mentoring"))
    assert "Shared with the faculty" in page
    assert "To the faculty" in page
    assert "To the mentor" not in page


def test_a_lead_sees_what_they_have_not_read(people, browser_of, kept):
    entry_id = kept("For the faculty.", title="To the faculty", audiences=("faculty",))
    zhou = browser_of(people.zhou)
    assert "not read yet" in text(zhou.get("/mentoring"))
    number = diary.entry_page(people.zhou, entry_id, now=NOW).entry.revision_number
    feedback.mark_read(people.zhou, entry_id, number, now=NOW)
    page = text(zhou.get("/mentoring"))
    assert "To the faculty" in page
    assert "not read yet" not in page


def test_a_match_is_accepted_or_declined(people, browser_of):
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    member = {m.login: m.public_id for m in view.members}
    match = programme.propose_match(people.jun, people.cohort_id, member["dr-lin"], now=NOW)
    lin = browser_of(people.lin)
    assert "Li Jun asks you to be their mentor." in text(lin.get("/mentoring"))
    assert browser_of(people.mei).send(f"/mentoring/matches/{match.public_id}/accept").status_code == 404
    lin.send(f"/mentoring/matches/{match.public_id}/accept")
    page = text(lin.get("/mentoring"))
    assert "You accompany Li Jun from now on." in page
    assert "asks you" not in page
    assert lin.send(f"/mentoring/matches/{match.public_id}/decline").status_code == 409
    other = programme.propose_match(people.mei, people.cohort_id, member["dr-osei"], now=NOW)
    osei = browser_of(people.osei)
    osei.send(f"/mentoring/matches/{other.public_id}/decline")
    assert "Declined." in text(osei.get("/mentoring"))


def test_who_accompanies_nobody_is_told_how_it_begins(people, browser_of):
    assert "You accompany nobody yet" in text(browser_of(people.stranger).get("/mentoring"))


# Those whom somebody accompanies


def test_a_mentees_page_shows_what_they_share(lin, people, kept):
    kept("Shared.", title="Signing")
    kept("Not shared.", title="Secret", audiences=())
    page = text(lin.get(f"/mentoring/{people.mei.public_id}"))
    assert "September 2022 14 Wed Signing Shared." in page
    assert "Secret" not in page


def test_the_mentors_narrative_is_kept_and_taken_back(lin, people):
    address = f"/mentoring/{people.mei.public_id}"
    lin.send(f"{address}/narrative", {"body": "She began to **ask**."})
    assert "written on 14 September 2022" in text(lin.get(address))
    (narrative,) = portfolios.narratives(people.mei)
    assert (narrative.kind, narrative.author_name) == ("mentor", "Dr Lin")
    too_long = lin.send(f"{address}/narrative", {"body": "x" * 60_001})
    assert too_long.status_code == 422
    assert "at most 60000 characters" in text(too_long)
    lin.send(f"{address}/narrative", {"body": ""})
    assert portfolios.narratives(people.mei) == ()


def test_only_who_accompanies_somebody_writes_about_them(people, browser_of, kept):
    kept(audiences=("mentor", "faculty", "cohort"))
    for other in (people.osei, people.zhou, people.jun, people.root, people.stranger, people.mei):
        answer = browser_of(other).send(f"/mentoring/{people.mei.public_id}/narrative", {"body": "Good."})
        assert answer.status_code == 404, other.name
    assert "Your narrative" not in text(browser_of(people.zhou).get(f"/mentoring/{people.mei.public_id}"))
    assert portfolios.narratives(people.mei) == ()


def test_the_page_of_somebody_else_is_not_found(people, browser_of, kept):
    kept()
    for other in (people.osei, people.zhou, people.jun, people.root, people.stranger, people.mei):
        assert browser_of(other).get(f"/mentoring/{people.mei.public_id}").status_code == 404, other.name
    assert browser_of(people.lin).get("/mentoring/nosuch").status_code == 404


# The cohort


def test_the_community_shows_what_members_share_with_it(people, browser_of, kept):
    kept("For all.", title="To all", audiences=("cohort",))
    kept("For Dr Lin.", title="To one")
    page = text(browser_of(people.jun).get("/community"))
    assert "To all" in page
    assert "To one" not in page
    for path in ("/community", "/diary"):
        assert 'href="/community"' in browser_of(people.jun).get(path).get_data(as_text=True)


def test_a_member_has_a_site_made_of_what_is_shared(people, mei, kept, app, clock):
    address = f"/community/{people.cohort_id}/site"
    assert "Make a site of this" not in text(mei.get("/community"))  # nothing is shared yet
    mei.send(address)
    assert "Nobody has shared anything with the cohort yet." in text(mei.get("/community"))
    diary.keep_entry(
        people.jun, Draft(title="To all", body="For all."), creation_key="j", audiences=("cohort",), now=NOW
    )
    kept("For Dr Lin.", title="To one")
    assert "Make a site of this" in text(mei.get("/community"))
    assert mei.send(address).location == "/keep#documents"
    page = text(mei.get("/keep"))
    assert "It is being made." in page and "A cohort’s site" in page
    assert jobs.work_once(app.config["SETTINGS"], clock, "worker")
    (made,) = jobs.jobs_of(people.mei)
    with zipfile.ZipFile(jobs.result(people.mei, made.public_id)[1]) as site:
        pages = b"".join(site.read(name) for name in site.namelist())
    assert b"To all" in pages and b"To one" not in pages and b"For Dr Lin" not in pages


def test_the_community_is_for_members(people, browser_of):
    for other in (people.stranger, people.root):
        browser = browser_of(other)
        assert browser.get("/community").status_code == 404
        assert 'href="/community"' not in browser.get("/account").get_data(as_text=True)


def test_the_community_shows_the_prompt_and_the_next_meeting(mei, people):
    day = NOW.date()
    prompt = programme.set_prompt(people.lin, people.cohort_id, "What did you hear?", starts_on=day, now=NOW)
    programme.record_meeting(people.zhou, people.cohort_id, "On silence", held_on=day + 10 * DAY, now=NOW)
    programme.record_meeting(people.zhou, people.cohort_id, "On noise", held_on=day - 10 * DAY, now=NOW)
    page = mei.get("/community")
    assert "What did you hear? Dr Lin asks" in text(page)
    assert f'href="/write?prompt={prompt.public_id}"' in page.get_data(as_text=True)
    assert "Coming up Saturday 24 September 2022 On silence" in text(page)
    assert "On noise" not in text(page)


# Comments


def test_a_comment_stands_on_the_entry_with_its_passage(lin, mei, people, kept):
    entry_id = kept("He asked. I sat down first.")
    answer = lin.send(f"/entries/{entry_id}/comments", said(body="*First?*", quoted="I sat down first"))
    (comment,) = comments(people.mei, entry_id)
    assert answer.location == f"/entries/{entry_id}#comment-{comment.public_id}"
    assert (comment.quoted, comment.author_role, comment.revision_number) == ("I sat down first", "mentor", 1)
    page = mei.get(f"/entries/{entry_id}").get_data(as_text=True)
    assert "<em>First?</em>" in page
    assert '<mark class="passage"' in page


def test_the_owner_answers_in_the_thread(lin, mei, people, kept):
    entry_id = kept()
    lin.send(f"/entries/{entry_id}/comments", said())
    (comment,) = comments(people.mei, entry_id)
    mei.send(f"/entries/{entry_id}/comments", said(body="Then she laughed.", answers=comment.public_id))
    (comment,) = comments(people.mei, entry_id)
    assert [r.body for r in comment.replies] == ["Then she laughed."]
    assert "You 14 September 2022 Then she laughed. Take back" in text(mei.get(f"/entries/{entry_id}"))


def test_a_comment_sent_twice_is_one(lin, people, kept):
    entry_id = kept()
    for _ in range(2):
        lin.send(f"/entries/{entry_id}/comments", said())
    assert len(comments(people.mei, entry_id)) == 1


def test_a_comment_stays_on_the_revision_that_was_read(lin, mei, people, kept):
    entry_id = kept("I waited for her.", now=NOW - DAY)
    change(people.mei, entry_id, "I began without her.", NOW)
    lin.send(f"/entries/{entry_id}/comments", said(quoted="waited for her"))
    (comment,) = comments(people.mei, entry_id)
    assert (comment.revision_number, comment.quote_start) == (1, 2)
    assert "This passage has been rewritten since." in text(lin.get(f"/entries/{entry_id}"))
    assert f'href="/entries/{entry_id}/changes/1"' in lin.get(f"/entries/{entry_id}").get_data(as_text=True)


@pytest.mark.parametrize("revision", ["", "0", "2", "-1", "first", "9" * 30])
def test_a_revision_that_nobody_read_takes_no_comment(lin, people, kept, revision):
    entry_id = kept()
    assert lin.send(f"/entries/{entry_id}/comments", said(revision=revision)).status_code == 404
    assert lin.send(f"/entries/{entry_id}/read", {"revision": revision}).status_code == 404
    assert comments(people.mei, entry_id) == ()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"body": "  "}, "There is nothing written yet."),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
        ({"quoted": "x" * 2001}, "at most 2000 characters"),
        ({"answers": "nosuch"}, "The comment that you answer is gone."),
    ],
)
def test_a_refused_comment_keeps_its_words(lin, kept, form, sentence):
    entry_id = kept()
    for goes_on in ("", "/mentoring"):
        answer = lin.send(
            f"/entries/{entry_id}/comments", said(**{"body": "Keep me.", **form, "next": goes_on})
        )
        assert answer.status_code == 422
        if "answers" not in form:
            assert sentence in text(answer)
            assert "Keep me." in text(answer) or "body" in form
    refused = lin.send(f"/entries/{entry_id}/comments", said(**form), headers=JSON)
    assert refused.status_code == 422
    assert sentence in refused.get_json()["message"]


def test_scripts_hear_the_truth(lin, people, kept):
    entry_id = kept()
    assert lin.send(f"/entries/{entry_id}/read", {"revision": "1"}, headers=JSON).get_json() == {"read": 1}
    answer = lin.send(f"/entries/{entry_id}/comments", said(), headers=JSON).get_json()
    assert answer["comment"] == comments(people.mei, entry_id)[0].public_id


def test_a_comment_is_taken_back_with_undo(lin, mei, people, kept):
    entry_id = kept()
    lin.send(f"/entries/{entry_id}/comments", said())
    (comment,) = comments(people.mei, entry_id)
    page = lin.get(lin.send(f"/comments/{comment.public_id}/withdraw").location)
    assert "Your comment is taken back." in text(page)
    assert "And then?" not in text(mei.get(f"/entries/{entry_id}"))
    lin.send(re.search(r'action="(/comments/\w+/restore)"', page.get_data(as_text=True))[1])
    assert "And then?" in text(mei.get(f"/entries/{entry_id}"))


def test_nobody_takes_back_the_comment_of_another(lin, mei, people, browser_of, kept):
    entry_id = kept(audiences=("mentor", "cohort"))
    lin.send(f"/entries/{entry_id}/comments", said())
    (comment,) = comments(people.mei, entry_id)
    for other in (mei, browser_of(people.jun), browser_of(people.zhou), browser_of(people.root)):
        for verb in ("withdraw", "restore"):
            assert other.send(f"/comments/{comment.public_id}/{verb}").status_code == 404
    assert comments(people.mei, entry_id)[0].body == "And then?"


def test_who_may_not_read_may_not_comment(people, browser_of, kept):
    entry_id = kept(audiences=("mentor",))
    for other in (people.osei, people.tan, people.zhou, people.jun, people.root, people.stranger):
        browser = browser_of(other)
        assert browser.send(f"/entries/{entry_id}/comments", said()).status_code == 404
        assert browser.send(f"/entries/{entry_id}/read", {"revision": "1"}).status_code == 404
    assert comments(people.mei, entry_id) == ()


def test_a_refused_comment_stands_there_with_its_sentence_and_leads_back(lin, mei, kept):
    entry_id = kept()
    refused = lin.send(f"/entries/{entry_id}/comments", said(body=" "))
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert 'autofocus aria-invalid="true" aria-describedby="comment-body-error"' in page
    assert "There is nothing written yet." in text(refused)
    for reader in (lin, mei):  # its address, asked for again
        assert reader.get(f"/entries/{entry_id}/comments").location.endswith(f"/entries/{entry_id}")


@pytest.mark.parametrize(
    "goes_on", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"]
)
def test_a_comment_never_leads_off_the_site(lin, kept, goes_on):
    entry_id = kept()
    for path, form in (("comments", said()), ("read", {"revision": "1"})):
        assert lin.send(f"/entries/{entry_id}/{path}", {**form, "next": goes_on}).location.startswith(
            f"/entries/{entry_id}"
        )


def test_a_reader_sees_changes_since_they_read_and_no_earlier_ones(lin, people, kept):
    entry_id = kept("One. A secret.", audiences=(), now=NOW - 3 * DAY)
    change(people.mei, entry_id, "Two.", NOW - 2 * DAY)
    diary.set_audiences(people.mei, entry_id, ("mentor",), now=NOW - DAY)
    feedback.mark_read(people.lin, entry_id, 2, now=NOW - DAY)
    change(people.mei, entry_id, "Three.", NOW)
    assert "It has changed since you read it." in text(lin.get(f"/entries/{entry_id}"))
    assert lin.get(f"/entries/{entry_id}/changes/2").status_code == 200
    for hidden in ("1", "1/2", "1/3"):
        assert lin.get(f"/entries/{entry_id}/changes/{hidden}").status_code == 404


@pytest.mark.parametrize("path", ["/mentoring", "/mentoring/x", "/community"])
def test_who_is_signed_out_signs_in_first(client, people, path):
    assert client.get(path).location.startswith("/sign-in?next=")
    assert client.get(path, headers=JSON).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/mentoring"), ("put", "/entries/x/comments"), ("get", "/entries/x/read"), ("get", "/comments/x/withdraw"),
     ("get", "/mentoring/matches/x/accept"), ("delete", "/community")],
)  # fmt: skip
def test_wrong_methods_are_named(lin, method, path):
    options = {} if method == "get" else {"data": {"csrf_token": lin.token()}}
    assert getattr(lin, method)(path, **options).status_code == 405


# What is new to an author


def test_an_author_finds_new_answers_where_they_look(mei, people, kept):
    entry_id = kept(title="The blanket")
    comment = feedback.comment_on(people.lin, entry_id, "And then?", revision_number=1, now=NOW)
    kept("Nobody answered.", title="Quiet")
    writing, timeline = mei.get("/write"), mei.get("/diary")
    assert "1 new answer" in text(writing)
    assert f'href="/entries/{entry_id}#comment-{comment}"' in writing.get_data(as_text=True)
    assert "1 new answer The blanket Dr Lin, 14 September" in text(timeline)
    assert text(timeline).count("1 new") == 2  # and beside the entry's own line
    assert "new answer" not in text(mei.get("/diary?q=blanket"))
    other = kept("Answered too.", title="Later")
    feedback.comment_on(people.lin, other, "Why?", revision_number=1, now=NOW)
    assert 'href="/diary#answered"' in mei.get("/write").get_data(as_text=True)
    assert "2 new answers" in text(mei.get("/diary"))


def test_what_an_author_has_read_is_new_no_more(mei, lin, people, kept):
    entry_id = kept()
    comment = feedback.comment_on(people.lin, entry_id, "And then?", revision_number=1, now=NOW)
    page = mei.get(f"/entries/{entry_id}").get_data(as_text=True)
    assert '<span class="new">new</span>' in page
    assert f'data-read="/entries/{entry_id}/read" data-revision="1" data-comments="{comment}"' in page
    assert '<span class="new">' not in lin.get(f"/entries/{entry_id}").get_data(as_text=True)
    sent = mei.send(f"/entries/{entry_id}/read", {"revision": "1", "comments": comment}, headers=JSON)
    assert sent.get_json() == {"read": 1}
    assert '<span class="new">' not in mei.get(f"/entries/{entry_id}").get_data(as_text=True)
    assert "new answer" not in text(mei.get("/write")) + text(mei.get("/diary"))


def test_the_queue_and_other_peoples_entries_say_nothing_of_new(lin, people, kept):
    entry_id = kept()
    feedback.comment_on(people.lin, entry_id, "And then?", revision_number=1, now=NOW)
    feedback.mark_read(people.lin, entry_id, 1, now=NOW)
    assert "data-comments" not in lin.get(f"/entries/{entry_id}").get_data(as_text=True)
    assert "new answer" not in text(lin.get("/mentoring"))
