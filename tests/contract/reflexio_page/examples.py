"""The Python examples of Reflexio's page "Publishing Interactions", as they stand there but for their layout, in its order.

Runs in a virtual environment that has `reflexio-client`; REFLEXIO_URL and REFLEXIO_API_KEY come from the
environment, the pictures from the working folder. What the examples found is printed as one JSON object.
"""

import base64
import json
import time

import reflexio

client = reflexio.ReflexioClient()  # uses REFLEXIO_API_KEY env var

# --- Simple Conversations ---
session_id = "support_session_001"

# Turn 1: User asks, agent responds
client.publish_interaction(
    user_id="customer_001",
    interactions=[
        {"role": "User", "content": "Hi, I'm having trouble with my account login"},
        {"role": "Agent", "content": "I'm sorry to hear that. Can you tell me what error message you're seeing?"},
    ],
    session_id=session_id,
    source="support_chat",
)

# Turn 2: User follows up, agent responds (same session_id)
client.publish_interaction(
    user_id="customer_001",
    interactions=[
        {"role": "User", "content": "It says 'Invalid credentials' but I'm sure my password is correct"},
        {"role": "Agent", "content": "Let me help you reset your password. I'll send you a reset link via email."},
    ],
    session_id=session_id,
    source="support_chat",
)

# Turn 3: User confirms resolution (same session_id)
client.publish_interaction(
    user_id="customer_001",
    interactions=[
        {"role": "User", "content": "Thank you! That worked perfectly."},
        {"role": "Agent", "content": "You're welcome! Is there anything else I can help you with?"},
    ],
    session_id=session_id,
    source="support_chat",
)


# --- Image-Based Interactions ---
# Function to encode images for Reflexio
def encode_image(image_path: str) -> str:
    """Encode image to base64 string."""
    with open(image_path, "rb") as image_file:
        return base64.b64encode(image_file.read()).decode("utf-8")


# Example 1: Product review with image
product_image = encode_image("./product_photos/smartphone.jpg")
client.publish_interaction(
    user_id="reviewer_bob",
    interactions=[
        {
            "content": "This phone has an amazing camera quality! Look at this photo I took:",
            "image_encoding": product_image,
            "user_action": "none",
        }
    ],
    session_id="review_001",
    source="product_review",
)

# Example 2: Fashion styling consultation
outfit_image = encode_image("./fashion/outfit_1.jpg")
client.publish_interaction(
    user_id="fashion_client",
    interactions=[
        {
            "role": "Client",
            "content": "What do you think about this outfit for a business meeting?",
            "image_encoding": outfit_image,
        }
    ],
    session_id="styling_001",
    source="styling_consultation",
)

# --- Screenshots and UI Feedback ---
# Publishing UI/UX feedback with screenshots
ui_screenshot = encode_image("./screenshots/app_interface.png")
client.publish_interaction(
    user_id="beta_tester",
    interactions=[
        {
            "content": "The new dashboard layout is confusing. The navigation menu is hard to find.",
            "image_encoding": ui_screenshot,
            "user_action": "none",
        }
    ],
    session_id="ui_feedback_001",
    source="ui_testing",
)

# Publishing bug report with screenshot
bug_screenshot = encode_image("./bugs/error_screen.png")
client.publish_interaction(
    user_id="qa_tester",
    interactions=[
        {
            "content": "Application crashes when clicking the export button. Error details in screenshot.",
            "image_encoding": bug_screenshot,
            "user_action": "click",
            "user_action_description": "clicked export button in reports section",
        }
    ],
    session_id="bug_report_001",
    source="bug_reports",
)

# --- Publishing Expert-Reviewed Conversations ---
# Provide expert ideal responses for agent learning
# Expert content triggers a specialized playbook extraction pipeline
session_id = "expert_review_batch_001"

# Expert reviews a customer service conversation
client.publish_interaction(
    user_id="customer_001",
    interactions=[
        {"role": "User", "content": "What is your return policy for electronics?"},
        {
            "role": "Agent",
            "content": "You can return electronics within 30 days of purchase.",
            "expert_content": (
                "Electronics can be returned within 30 days of purchase with the original receipt. "
                "Items must be in original packaging and include all accessories. "
                "Opened software and personal care electronics are final sale. "
                "For defective items, the return window extends to 90 days. "
                "Refunds are processed to the original payment method within 5-7 business days."
            ),
        },
    ],
    session_id=session_id,
    source="expert_review",
    agent_version="v1.0",
)

# --- E-commerce Actions ---
# Tracking user shopping behavior
shopping_actions = [
    {
        "user_action": "click",
        "user_action_description": "clicked on 'Laptops' category",
        "interacted_image_url": "https://store.example.com/categories/laptops",
    },
    {"user_action": "scroll", "user_action_description": "scrolled through laptop listings page"},
    {
        "user_action": "click",
        "user_action_description": "clicked on MacBook Pro 16-inch product page",
        "interacted_image_url": "https://store.example.com/products/macbook-pro-16",
    },
    {"content": "This laptop looks perfect for my video editing work", "user_action": "none"},
    {
        "user_action": "click",
        "user_action_description": "added MacBook Pro 16-inch to cart",
        "content": "Added to cart",
    },
]

client.publish_interaction(
    user_id="shopper_dave", interactions=shopping_actions, session_id="shopping_session_001", source="ecommerce"
)

# --- not of the page: what is published shows within a second, so wait for the last of it ---
client.publish_interaction(
    user_id="student_eve",
    interactions=[{"content": "My learning progress: I completed the second course."}],
    session_id="study",
    wait_for_response=True,
)
time.sleep(0.3)

# --- Semantic Search Across Interactions ---
# Search for specific topics across all user interactions
search_results = client.search_interactions(user_id="customer_001", query="password reset login issues")
print(f"Found {len(search_results.interactions)} relevant interactions:")
for interaction in search_results.interactions:
    print(f"[{interaction.role}]: {interaction.content}")
    print(f" Source: {interaction.request_id}")
    print(f" Action: {interaction.user_action}")
    print("---")

# --- Analyzing User Behavior Patterns ---
# Get all interactions for behavior analysis
all_interactions = client.get_interactions(user_id="shopper_dave", top_k=100)

# Analyze interaction patterns
interaction_sources = {}
action_types = {}
content_themes = []
for interaction in all_interactions.interactions:
    # Count by source
    source = interaction.request_id.split("_")[0]  # Extract source prefix
    interaction_sources[source] = interaction_sources.get(source, 0) + 1
    # Count by action type
    action = interaction.user_action.value
    action_types[action] = action_types.get(action, 0) + 1
    # Collect content for theme analysis
    if interaction.content:
        content_themes.append(interaction.content)
print("Interaction Sources:", interaction_sources)
print("Action Types:", action_types)
print(f"Total content items: {len(content_themes)}")

# --- Time-Based Interaction Analysis ---
from datetime import datetime, timedelta

# Search for recent interactions (last 7 days)
week_ago = int((datetime.now() - timedelta(days=7)).timestamp())
now = int(datetime.now().timestamp())
recent_interactions = client.search_interactions(
    user_id="student_eve",
    query="learning progress course completion",
    # Note: Add time filtering if supported by your API version
)

# Group interactions by day
daily_activity = {}
for interaction in recent_interactions.interactions:
    day = datetime.fromtimestamp(interaction.created_at).date()
    if day not in daily_activity:
        daily_activity[day] = []
    daily_activity[day].append(interaction)
print("Daily Learning Activity:")
for day, interactions in sorted(daily_activity.items()):
    print(f"{day}: {len(interactions)} interactions")
    for interaction in interactions[:3]:  # Show first 3
        print(f" - {interaction.content[:50]}...")

# --- what was found, for the test ---
print(
    json.dumps(
        {
            "searched": [interaction.content for interaction in search_results.interactions],
            "actions": action_types,
            "contents": content_themes,
            "descriptions": [interaction.user_action_description for interaction in all_interactions.interactions],
            "days": {str(day): len(found) for day, found in daily_activity.items()},
            "images": {
                user: [
                    interaction.interacted_image_url
                    for interaction in client.get_interactions(user_id=user).interactions
                ]
                for user in ("reviewer_bob", "fashion_client", "beta_tester", "qa_tester")
            },
        }
    )
)
