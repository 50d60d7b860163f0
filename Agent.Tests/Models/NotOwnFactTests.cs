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
    public Task What_is_not_so(string said) => StoresNothingAsync(said);

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
    [InlineData("I'm a conference organiser in Rome.", """{"current_role":"conference organiser","location":"Rome"}""")]
    public async Task What_is_their_own_beside_it_is_stored(string said, string stored)
        => Assert.Equal(stored, (await OfflineModel.StoredAsync(said, new())).GetRawText());

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
