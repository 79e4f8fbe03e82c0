"""Every call of `reflexio-client` that the collector answers, through the client's own models.

Runs in a virtual environment that has it; REFLEXIO_URL and REFLEXIO_API_KEY come from the environment. Ends with a
status other than 0 where an answer is not as its server's.
"""

import uuid
from datetime import UTC, datetime, timedelta

import reflexio

client = reflexio.ReflexioClient()
user, session = f"user-{uuid.uuid4()}", f"session-{uuid.uuid4()}"

published = client.publish_interaction(
    user_id=user, session_id=session, source="web", agent_version="v2", wait_for_response=True,
    interactions=[
        {"content": "I look for a desk lamp", "created_at": 1_795_348_802},
        {"role": "Agent", "content": "Here is one", "tools_used": [{"tool_name": "catalogue", "tool_data": {"hits": 3}}],
         "retrieved_learnings": [{"kind": "profile", "learning_id": "p1"}], "created_at": 1_795_348_803},
        {"content": ""},
    ],
)  # fmt: skip
assert published.success and published.request_id and published.learning_status == "done", published
assert published.warnings == ["skipped 1 empty interaction(s) that carried no content, at index(es) 2"], published
assert client.get_learning_status(published.request_id) == "done"

found = client.get_interactions(user_id=user).interactions
assert [one.content for one in found] == ["Here is one", "I look for a desk lamp"], found
assert found[0].tools_used[0].tool_data == {"hits": 3} and found[0].retrieved_learnings[0].learning_id == "p1", found
assert client.get_interactions(user_id=user, top_k=1).interactions == found[:1]
moment = datetime.fromtimestamp(1_795_348_802, UTC)
window = client.get_interactions(user_id=user, start_time=moment - timedelta(seconds=1), end_time=moment)
assert window.interactions == found[1:], window
assert found[0] in client.get_all_interactions(limit=1000).interactions

searched = client.search_interactions(user_id=user, query="lamps")
assert searched.success and "I look for a desk lamp" in [one.content for one in searched.interactions], searched
assert not client.search_interactions(user_id=user, query="lamp", end_time=moment - timedelta(days=1)).interactions

page = client.get_requests(user_id=user)
[told] = page.sessions
assert (told.session_id, page.has_more) == (session, False), page
assert (told.requests[0].request.source, told.requests[0].request.agent_version) == ("web", "v2"), told
assert [one.content for one in told.requests[0].interactions] == ["I look for a desk lamp", "Here is one"], told

who = client.whoami()
assert who.success and who.storage_configured, who

gone = client.delete_interaction(user_id=user, interaction_id=found[0].interaction_id, wait_for_response=True)
assert gone and gone.success, gone
assert client.get_interactions(user_id=user, top_k=5).interactions == found[1:]
gone = client.delete_request(published.request_id, wait_for_response=True)
assert gone and gone.success, gone
assert client.get_interactions(user_id=user, top_k=6).interactions == []

for number in range(3):
    client.publish_interaction(
        user_id=user, session_id=session, interactions=[{"content": f"again {number}"}], wait_for_response=True
    )
ids = [one.request.request_id for one in client.get_requests(user_id=user, top_k=9).sessions[0].requests]
assert client.delete_requests_by_ids(ids[:1]).deleted_count == 1
cleared = client.delete_session(session, wait_for_response=True)
assert cleared and cleared.deleted_requests_count == 2, cleared
client.publish_interaction(user_id=user, session_id=session, interactions=[{"content": "last"}], wait_for_response=True)
assert client.clear_user_data(user).deleted_counts["interactions"] == 1
assert client.delete_all_interactions().success
assert client.get_all_interactions().interactions == []
