//! What people say in the invented chats. Only its length matters: wrapup never keeps a message's text.

pub(super) const QUESTIONS: [&str; 8] = [
    "Hello, I ordered last Tuesday and the parcel still has not arrived. Could you look into it?",
    "안녕하세요, 주문한 상품이 아직 도착하지 않았어요. 배송 상태를 확인해 주실 수 있나요?",
    "I was charged twice for the same order, the second time yesterday evening.",
    "How do I change the delivery address of an order that has already been placed?",
    "The discount code from your newsletter is refused at the checkout.",
    "Can I return shoes that I have worn once indoors, and who pays for the parcel?",
    "The app asks me to sign in again every time I open it.",
    "Bonjour, je voudrais modifier mon abonnement avant la fin du mois.",
];

pub(super) const ANSWERS: [&str; 8] = [
    "Thank you for writing to us! Let me look that up, it will take a minute.",
    "I have found your order: it left our warehouse on Monday and arrives tomorrow.",
    "네, 확인해 보겠습니다. 잠시만 기다려 주세요.",
    "The second charge was a reservation only; your bank releases it within three days.",
    "I have changed it for you. You will get an e-mail with the new confirmation shortly.",
    "Of course. I have just sent you a label, returning it costs you nothing.",
    "Could you tell me the order number, please? It begins with two letters.",
    "Is there anything else that I can do for you today?",
];

pub(super) const FOLLOW_UPS: [&str; 6] = [
    "Yes, it is the one with the two blue jackets, order number WX-20418.",
    "And when will I get the money back? It has been a week.",
    "That did not work, I still see the same message as before.",
    "Great, thank you very much for your quick help!",
    "아, 이해했습니다. 감사합니다!",
    "One more thing: can you also update my phone number?",
];

pub(super) const BOT_LINES: [&str; 4] = [
    "Hi! I am the assistant. Tell me in your own words what I can do for you.",
    "Here is what I found in our help pages: orders can be changed until they are packed.",
    "Please choose: 1 orders and delivery, 2 payment, 3 returns, 4 something else.",
    "I have noted this down. Would you like to speak to one of my colleagues?",
];

pub(super) const NOTES: [&str; 3] = [
    "Customer has called about this twice before, see the ticket.",
    "Asked the warehouse, waiting for their answer.",
    "Please handle with care: VIP.",
];

pub(super) const COMMENTS: [&str; 4] =
    ["Fast and friendly.", "It took too long until somebody answered.", "친절한 상담 감사합니다.", "Problem solved."];

pub(super) const TITLES: [&str; 5] =
    ["Parcel not arrived", "Charged twice", "Change of address", "Return of shoes", "Sign-in trouble"];

pub(super) const TAGS: [&str; 6] = ["delivery", "payment", "return", "complaint", "vip", "how-to"];
