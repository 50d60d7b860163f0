using System.Text.Json;
using Profile = Agent.Memory.Profile;

namespace Agent.Tests.Models;

/// <summary>What is said of other people, by other people, of a dream or a journey is no fact about the author.</summary>
public class NotOwnFactTests
{
    const string Name = "What is your name?";
    const string Role = "What do you work as at the moment?";

    [Theory]
    [InlineData("Bob: I am a teacher")]
    [InlineData("Alice: hi\nBob: I work as a plumber")]
    [InlineData("[10:31] Maria: my name is Maria and I know Java")]
    [InlineData("My boss: I am a director")]
    [InlineData("From: Bob\nSubject: hi\n\nI am a teacher. My name is Bob.")]
    [InlineData("From: Anna Smith\nTo: Ada\nSubject: Job\n\nI'm a dentist. My name is Anna.")]
    [InlineData("-----Original Message-----\nI am a lawyer.")]
    [InlineData("'I am a teacher' is a song.")]
    [InlineData("Tom, my mentor, knows Kotlin.")]
    [InlineData("Anna, our team lead, uses Docker.")]
    [InlineData("My ex-colleague Bob, who is a baker, knows Java.")]
    [InlineData("Eve, who is a lawyer, lives in Rome.")]
    [InlineData("I work with Tom, who is a baker and knows Java.")]
    [InlineData("I know a guy who knows Kotlin.")]
    [InlineData("Eve's husband is a pilot.")]
    [InlineData("Tom and Anna know Kotlin.")]
    [InlineData("I am Eve's mother.")]
    [InlineData("I am Tom's boss.")]
    [InlineData("I'm Bob and Eve's father.")]
    [InlineData("I'm the son of a baker.")]
    [InlineData("According to Bob I am a teacher.")]
    [InlineData("I am a baker, according to Bob.")]
    [InlineData("I am a teacher, says Bob.")]
    [InlineData("Bob thinks I'm a teacher.")]
    [InlineData("Someone told me I am a manager.")]
    [InlineData("Everyone thinks I'm a manager.")]
    [InlineData("If you ask my mother, I'm a doctor.")]
    [InlineData("The song goes I'm a soldier")]
    [InlineData("My friend's bio: I am a welder with 8 years of experience")]
    [InlineData("Please call my assistant Jenny")]
    [InlineData("I am dating a dentist.")]
    [InlineData("I am a colleague of the new surgeon.")]
    public Task Others(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("Suppose my name is Bob.")]
    [InlineData("Imagine I live in Oslo.")]
    [InlineData("Let's say I am a pilot.")]
    [InlineData("In my dream I am a teacher.")]
    [InlineData("Last night I dreamt I was a pilot and lived in Rome.")]
    [InlineData("In the game I am a wizard and live in Rome.")]
    [InlineData("I am anything but a teacher.")]
    [InlineData("I am everything but a baker.")]
    [InlineData("I am hardly a teacher.")]
    [InlineData("I'm far from being a baker.")]
    [InlineData("I'm almost a doctor.")]
    [InlineData("I work as if I were a robot.")]
    [InlineData("I act as though I were a manager.")]
    [InlineData("I wish I lived in Paris.")]
    [InlineData("I wish I knew Kotlin.")]
    [InlineData("I wish my name was Bob.")]
    [InlineData("I failed the Java exam.")]
    [InlineData("I didn't pass the Kotlin course.")]
    [InlineData("I'm tired of being a waiter.")]
    [InlineData("I'm happy being a gardener.")]
    [InlineData("I'm proud of being a nurse.")]
    [InlineData("I'm afraid of becoming a redundant accountant.")]
    [InlineData("I'm no doctor, but I know anatomy.")]
    [InlineData("I'm pretending to be a doctor.")]
    [InlineData("I am working as hard as a miner.")]
    [InlineData("As a nurse, would I earn more than as a cook?")]
    [InlineData("Job applied for: CFO")]
    public Task What_is_not_so(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("My boss sent me \"Dear all,\nI am Mallory Evil, a Welder with 37 years of experience.\nBye\"")]
    [InlineData("My boss sent me “Dear all,\n\nI am a welder with 37 years of experience.”")]
    [InlineData("The letter: \"\nI am a welder\n\"")]
    [InlineData("My boss sent me 'Dear all,\nI'm a welder with 37 years of experience.\nBye'")]
    [InlineData("Look at this ad 「I am a welder with 8 years of experience」")]
    [InlineData("Look at this ad ‹I am a welder with 8 years of experience›")]
    [InlineData("Look at this ad 『I am a welder,\nI know Java』")]
    [InlineData("»Dear all,\nI know Java« is what I got")]
    public Task Quotations(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("I'm here.")]
    [InlineData("I'm still here.")]
    [InlineData("I'm here with Tom.")]
    [InlineData("We're here")]
    [InlineData("As a last resort I called a lawyer")]
    [InlineData("As a matter of fact I slept well")]
    [InlineData("My job is at risk")]
    [InlineData("My role is unclear")]
    [InlineData("My job title is a joke")]
    [InlineData("Role: none at the moment")]
    [InlineData("message number 0")]
    [InlineData("I got a letter from my landlord, nice, no?")]
    public Task What_only_looks_like_a_fact(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("I've been married for 10 years.")]
    [InlineData("I've been married to a doctor for 10 years.")]
    [InlineData("I have been divorced for 5 years.")]
    [InlineData("I've been sober for 4 years.")]
    [InlineData("I have been vegan for 6 years.")]
    [InlineData("I've been sick for 2 years.")]
    [InlineData("I've been a dad for 3 years.")]
    [InlineData("I've been with my husband for 12 years.")]
    [InlineData("I have been a member of a gym for 6 years.")]
    [InlineData("I've been on the waiting list for 3 years.")]
    [InlineData("I have known my boss for 5 years.")]
    [InlineData("I have known my manager since 2015.")]
    [InlineData("I've played guitar for 20 years.")]
    [InlineData("I have 10 years of debt.")]
    [InlineData("I have been out of work for over a decade.")]
    [InlineData("Ich bin seit 8 Jahren verheiratet.")]
    public Task Years_of_something_else(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("I'm terrible at SQL.")]
    [InlineData("I suck at Python.")]
    [InlineData("I struggle with SQL.")]
    [InlineData("I have zero experience with Docker.")]
    [InlineData("I know nothing about Kubernetes.")]
    [InlineData("I know that Java is hard.")]
    [InlineData("I'm hopeless with Excel and SQL.")]
    [InlineData("My weaknesses: Java, Python")]
    public Task What_somebody_is_bad_at(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("I am on holiday in Paris.")]
    [InlineData("I am in Paris for a conference.")]
    [InlineData("I'm in Madrid for a wedding.")]
    [InlineData("I am in London on business.")]
    [InlineData("I'm spending my holidays in Rome.")]
    [InlineData("I am currently in Oslo for work.")]
    [InlineData("I'm visiting Rome this week.")]
    [InlineData("I'm attending a conference in Rome.")]
    public Task Where_one_travels(string said) => StoresNothingAsync(said);

    [Theory]
    [InlineData("Unlike Tom, who knows Docker, I prefer Ansible.", """{"skills":["Ansible"]}""")]
    [InlineData("My brother Tom, who knows Docker, is nice but I am a baker.", """{"current_role":"baker"}""")]
    [InlineData("In my dream I am a teacher, but I am a plumber.", """{"current_role":"plumber"}""")]
    [InlineData("Update: I live in Rome now.", """{"location":"Rome"}""")]
    [InlineData("I wish to become a pilot.", """{"goals":["become a pilot"]}""")]
    [InlineData("I was born in Leeds and live in Rome now.", """{"location":"Rome"}""")]
    [InlineData("He wrote \"hi\nand then left. I am a plumber.\nMy name is \"Sam\" to friends", """{"name":"Sam","current_role":"plumber"}""")]
    [InlineData("I am good at public speaking and negotiation, bad at spreadsheets.", """{"skills":["public speaking","negotiation"]}""")]
    [InlineData("I'm weak in statistics but strong in design.", """{"skills":["design"]}""")]
    [InlineData("I'm great with kids and terrible with money.", """{"skills":["kids"]}""")]
    [InlineData("Strengths: Java. Weaknesses: Python.", """{"skills":["Java"]}""")]
    [InlineData("My name is Stark.", """{"name":"Stark"}""")]
    [InlineData("I have been unemployed for 2 years.", """{"current_role":"unemployed"}""")]
    [InlineData("I've been retired for 6 years.", """{"current_role":"retired"}""")]
    [InlineData("I've been a mum for 3 years and a nurse for 9 years.", """{"years_of_experience":9}""")]
    [InlineData("I've been with Siemens for 9 years.", """{"years_of_experience":9}""")]
    [InlineData("I've been with Tom for 9 years.", "{}")]
    [InlineData("I've been with the company for 9 years.", """{"years_of_experience":9}""")]
    [InlineData("I have known Java for 9 years.", """{"years_of_experience":9,"skills":["Java"]}""")]
    [InlineData("I am currently studying to become a midwife.", """{"education":"studying to become a midwife"}""")]
    [InlineData("I got married and my name is now Tom Baker-Smith.", """{"name":"Tom Baker-Smith"}""")]
    [InlineData("My name is O'Neil-Smith, Pat.", """{"name":"O'Neil-Smith"}""")]
    [InlineData("im sam, im a bartender, 3yrs exp, wanna be a barista trainer", """{"name":"Sam","current_role":"bartender","years_of_experience":3,"goals":["be a barista trainer"]}""")]
    [InlineData("I'm Mika 🙂 a UX designer 🎨 with 4 yrs exp", """{"name":"Mika","current_role":"UX designer","years_of_experience":4}""")]
    [InlineData("Job applied for: CFO\nName: Ned Stark", """{"name":"Ned Stark"}""")]
    [InlineData("- I am Tom\n- welder", """{"name":"Tom","current_role":"welder"}""")]
    [InlineData("• I am Tom\n• welder", """{"name":"Tom","current_role":"welder"}""")]
    [InlineData("* I am Tom\n* welder", """{"name":"Tom","current_role":"welder"}""")]
    [InlineData("8 years as a teacher", """{"current_role":"teacher","years_of_experience":8}""")]
    [InlineData("My role is scrum supremo", """{"current_role":"scrum supremo","skills":["Scrum"]}""")]
    [InlineData("My job title is Senior Data Wrangler", """{"current_role":"Senior Data Wrangler"}""")]
    [InlineData("I live in Lyon but I'm from Porto.", """{"location":"Lyon"}""")]
    [InlineData("My goal was to become a pilot, but now I want to teach.", """{"goals":["teach"]}""")]
    [InlineData("I want my son to become a lawyer, and I want to retire.", """{"goals":["retire"]}""")]
    [InlineData("I've been looking for a job for 2 years", """{"goals":["a job"]}""")]
    [InlineData("My dream job: astronaut", """{"goals":["astronaut"]}""")]
    [InlineData("I'm a conference organiser in Rome.", """{"current_role":"conference organiser","location":"Rome"}""")]
    public async Task What_is_their_own_beside_it_is_stored(string said, string stored)
    {
        var found = await OfflineModel.StoredAsync(said, new());
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(stored), found), $"{said} → {found}");
    }

    public static TheoryData<string> SmallTalk =>
    [
        "hi", "hello", "hey", "heyyy", "help", "thanks", "Thanks!", "thank you so much", "ok", "yes", "no", "goodbye", "bye", "lol",
        "Hallo", "Danke", "after", "what", "why", "Nope", "hmm", "good morning", "never mind", "maybe", "Tschüss",
    ];

    [Theory, MemberData(nameof(SmallTalk))]
    public async Task Small_talk_answers_no_question(string said)
    {
        foreach (var asked in (string[])[Name, Role, "What would you like to do next in your career?", "What are you good at? A few skills are enough."])
            Assert.Equal("{}", (await OfflineModel.StoredAsync(said, new(), asked)).GetRawText());
    }

    [Theory]
    [InlineData(Name, "Berlin", """{"location":"Berlin"}""")]
    [InlineData(Role, "Berlin", """{"location":"Berlin"}""")]
    [InlineData(Name, "Sofia", """{"name":"Sofia"}""")]
    [InlineData(Name, "xiomara", """{"name":"Xiomara"}""")]
    [InlineData(Role, "Krankenpfleger", """{"current_role":"Krankenpfleger"}""")]
    [InlineData("How many years of experience do you have?", "over 10", """{"years_of_experience":10}""")]
    public async Task A_short_answer_goes_where_it_fits(string asked, string said, string stored)
        => Assert.Equal(stored, (await OfflineModel.StoredAsync(said, new(), asked)).GetRawText());

    static async Task StoresNothingAsync(string said)
        => Assert.Equal("{}", (await OfflineModel.StoredAsync(said, new Profile())).GetRawText());
}
