#!/usr/bin/env bash
# The curl commands of Reflexio's page "Publishing Interactions", as they stand there, in its order.
# REFLEXIO_URL and REFLEXIO_API_KEY come from the environment.
curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "customer_001",
"interaction_data_list": [
{
"role": "User",
"content": "Hi, I'm having trouble with my account login"
},
{
"role": "Agent",
"content": "I'm sorry to hear that. Can you tell me what error message you're seeing?"
}
],
"session_id": "support_session_001",
"source": "support_chat"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "customer_001",
"interaction_data_list": [
{
"role": "User",
"content": "It says 'Invalid credentials' but I'm sure my password is correct"
},
{
"role": "Agent",
"content": "Let me help you reset your password. I'll send you a reset link via email."
}
],
"session_id": "support_session_001",
"source": "support_chat"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "customer_001",
"interaction_data_list": [
{
"role": "User",
"content": "Thank you! That worked perfectly."
},
{
"role": "Agent",
"content": "You're welcome! Is there anything else I can help you with?"
}
],
"session_id": "support_session_001",
"source": "support_chat"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "reviewer_bob",
"interaction_data_list": [
{
"content": "This phone has an amazing camera quality! Look at this photo I took:",
"image_encoding": "<encode_image_result>",
"user_action": "none"
}
],
"session_id": "review_001",
"source": "product_review"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "fashion_client",
"interaction_data_list": [
{
"role": "Client",
"content": "What do you think about this outfit for a business meeting?",
"image_encoding": "<encode_image_result>"
}
],
"session_id": "styling_001",
"source": "styling_consultation"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "beta_tester",
"interaction_data_list": [
{
"content": "The new dashboard layout is confusing. The navigation menu is hard to find.",
"image_encoding": "<encode_image_result>",
"user_action": "none"
}
],
"session_id": "ui_feedback_001",
"source": "ui_testing"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "qa_tester",
"interaction_data_list": [
{
"content": "Application crashes when clicking the export button. Error details in screenshot.",
"image_encoding": "<encode_image_result>",
"user_action": "click",
"user_action_description": "clicked export button in reports section"
}
],
"session_id": "bug_report_001",
"source": "bug_reports"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "customer_001",
"interaction_data_list": [
{
"role": "User",
"content": "What is your return policy for electronics?"
},
{
"role": "Agent",
"content": "You can return electronics within 30 days of purchase.",
"expert_content": "Electronics can be returned within 30 days of purchase with the original receipt. Items must be in original packaging and include all accessories. Opened software and personal care electronics are final sale. For defective items, the return window extends to 90 days. Refunds are processed to the original payment method within 5-7 business days."
}
],
"session_id": "expert_review_batch_001",
"source": "expert_review",
"agent_version": "v1.0"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/publish_interaction" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "shopper_dave",
"interaction_data_list": [
{
"user_action": "click",
"user_action_description": "clicked on 'Laptops' category",
"interacted_image_url": "https://store.example.com/categories/laptops"
},
{
"user_action": "scroll",
"user_action_description": "scrolled through laptop listings page"
},
{
"user_action": "click",
"user_action_description": "clicked on MacBook Pro 16-inch product page",
"interacted_image_url": "https://store.example.com/products/macbook-pro-16"
},
{
"content": "This laptop looks perfect for my video editing work",
"user_action": "none"
},
{
"user_action": "click",
"user_action_description": "added MacBook Pro 16-inch to cart",
"content": "Added to cart"
}
],
"session_id": "shopping_session_001",
"source": "ecommerce"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/search_interactions" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "customer_001",
"query": "password reset login issues"
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/get_interactions" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "shopper_dave",
"top_k": 100
}
JSON

curl -X POST "${REFLEXIO_URL:-https://www.reflexio.ai}/api/search_interactions" \
-H "User-Agent: my-agent-reflexio" \
-H "Authorization: Bearer $REFLEXIO_API_KEY" \
-H "Content-Type: application/json" \
--data @- <<'JSON'
{
"user_id": "student_eve",
"query": "learning progress course completion"
}
JSON
