window.YTD.tweets.part0 = [
  {
    "tweet" : {
      "edit_info" : { "initial" : { "editTweetIds" : [ "101" ] } },
      "id_str" : "101",
      "id" : "101",
      "full_text" : "Un chat sur le toit { et une accolade \"ouverte\" \\",
      "created_at" : "Wed Oct 10 20:19:24 +0000 2018",
      "lang" : "fr"
    }
  },
  {
    "tweet" : {
      "id_str" : "102",
      "full_text" : "Rain again in Brest",
      "created_at" : "Thu Feb 29 09:00:00 +0100 2024",
      "lang" : "en"
    }
  },
  null,
  {
    "tweet" : {
      "id_str" : "103",
      "created_at" : "Thu Feb 29 09:00:01 +0100 2024"
    }
  },
  { "id_str" : "104", "full_text" : "The older layout", "user" : { "id_str" : "7", "followers_count" : 5, "created_at" : "Mon Jan 01 00:00:00 +0000 2018" } },
  { "tweet" : { "id_str" : "105", "full_text" : "comma missing in the object" "lang" : "en" } },
  { "tweet" : { "id_str" : "106", "full_text" : "La dernière", "lang" : "fr" } }
]
