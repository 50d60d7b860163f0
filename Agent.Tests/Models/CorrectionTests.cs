using System.Text.Json;
using Profile = Agent.Memory.Profile;

namespace Agent.Tests.Models;

/// <summary>What people take back or put right, against a profile that holds the old value.</summary>
public class CorrectionTests
{
    static readonly Profile Ada = new()
    {
        Name = "Ada",
        CurrentRole = "nurse",
        Location = "Berlin",
        YearsOfExperience = 5,
        Skills = ["Python", "Rust"],
        Goals = ["become a team lead"],
        OnboardingCompleted = true,
    };

    [Theory]
    [InlineData("I moved from Berlin to Hamburg.", "Hamburg")]
    [InlineData("I have moved to Hamburg from Berlin.", "Hamburg")]
    [InlineData("I relocated from Berlin to Munich last year.", "Munich")]
    [InlineData("Ich bin von Berlin nach Hamburg gezogen.", "Hamburg")]
    [InlineData("I left Berlin and live in Hamburg now.", "Hamburg")]
    [InlineData("I've left Berlin and moved to Lisbon.", "Lisbon")]
    [InlineData("I used to live in Berlin, now I live in Rome.", "Rome")]
    [InlineData("We moved to Hamburg.", "Hamburg")]
    [InlineData("We've just moved from Berlin to Hamburg.", "Hamburg")]
    [InlineData("We live in Rome now.", "Rome")]
    [InlineData("Wir sind nach Hamburg gezogen.", "Hamburg")]
    [InlineData("It's not Berlin, it's Hamburg.", "Hamburg")]
    [InlineData("Not Berlin, Hamburg.", "Hamburg")]
    [InlineData("It's Hamburg, not Berlin.", "Hamburg")]
    [InlineData("I'm not from Berlin, I'm from Rome.", "Rome")]
    [InlineData("That's wrong, I don't live in Berlin, I live in Potsdam.", "Potsdam")]
    [InlineData("I don't live in Berlin any more.", "")]
    [InlineData("I no longer live in Berlin.", "")]
    [InlineData("I moved away from Berlin.", "")]
    [InlineData("I left Berlin.", "")]
    [InlineData("Ich wohne nicht mehr in Berlin.", "")]
    public Task A_place_is_replaced_or_cleared(string said, string place) => StoresAsync(said, new { location = place });

    [Theory]
    [InlineData("My name isn't Ada, it's Eve.", "Eve")]
    [InlineData("My name is not Ada but Yusuf.", "Yusuf")]
    [InlineData("I'm not Ada, I'm Eve.", "Eve")]
    [InlineData("My name is not Ada any more, it is now Eve.", "Eve")]
    [InlineData("I changed my name to Eve.", "Eve")]
    [InlineData("Sorry, not Ada but Eva.", "Eva")]
    [InlineData("My name is Eve, not Ada.", "Eve")]
    [InlineData("No wait, it's Eva with an E.", "Eva")]
    [InlineData("Forget my name.", "")]
    [InlineData("Please delete my name.", "")]
    [InlineData("My name is not Ada.", "")]
    [InlineData("Don't call me Ada.", "")]
    public Task A_name_is_replaced_or_cleared(string said, string name) => StoresAsync(said, new { name });

    [Theory]
    [InlineData("I quit being a nurse and became a baker.", "baker")]
    [InlineData("I stopped being a nurse and started working as a plumber.", "plumber")]
    [InlineData("Correction: not nurse but baker.", "baker")]
    [InlineData("Not a nurse but a pilot.", "pilot")]
    [InlineData("It's baker, not nurse.", "baker")]
    [InlineData("I got a new job as a teacher.", "teacher")]
    [InlineData("I've got a new position as a bus driver.", "bus driver")]
    [InlineData("I am not a nurse any more, I became a baker.", "baker")]
    [InlineData("I switched from nurse to baker.", "baker")]
    [InlineData("I've switched from being a nurse to being a teacher.", "teacher")]
    [InlineData("I changed careers from nurse to software developer.", "software developer")]
    [InlineData("I left nursing.", "")]
    [InlineData("I gave up nursing for good.", "")]
    [InlineData("I retired.", "retired")]
    [InlineData("I've just retired.", "retired")]
    [InlineData("I stopped working as a nurse.", "")]
    [InlineData("I never was a nurse.", "")]
    [InlineData("I've never been a nurse.", "")]
    [InlineData("I gave up being a nurse.", "")]
    [InlineData("I used to be a nurse.", "")]
    [InlineData("I was never a nurse.", "")]
    [InlineData("I don't work as a nurse any more.", "")]
    [InlineData("I quit my job.", "")]
    [InlineData("I lost my job.", "")]
    [InlineData("I was laid off.", "")]
    [InlineData("Forget my job.", "")]
    public Task A_role_is_replaced_or_cleared(string said, string role) => StoresAsync(said, new { current_role = role });

    [Theory]
    [InlineData("I no longer want to become a team lead, I want to be a CTO.", "be a CTO")]
    [InlineData("My goal is no longer to become a team lead but to become a CTO.", "become a CTO")]
    [InlineData("My goal isn't to become a team lead, it's to become a head nurse.", "become a head nurse")]
    [InlineData("I want to be a CTO, not a team lead.", "be a CTO")]
    [InlineData("My goal has changed: I want to become a CTO.", "become a CTO")]
    [InlineData("Instead of becoming a team lead I want to become a CTO.", "become a CTO")]
    [InlineData("I don't want to become a team lead any more.", null)]
    [InlineData("I gave up my goal of becoming a team lead.", null)]
    [InlineData("Forget my goal.", null)]
    public Task A_goal_is_replaced_or_dropped(string said, string? goal) => StoresAsync(said, new { goals = goal is null ? Array.Empty<string>() : [goal] });

    [Theory]
    [InlineData("I'm not only a nurse but also a teacher.")]
    [InlineData("I'm not just a nurse, I'm also a midwife.")]
    [InlineData("I'm not a good nurse.")]
    [InlineData("I'm not a senior nurse.")]
    [InlineData("I don't like being a nurse.")]
    [InlineData("I left nursing school.")]
    [InlineData("I stopped smoking.")]
    [InlineData("We moved to Kubernetes.")]
    [InlineData("We moved the meeting to Monday.")]
    [InlineData("We moved to Paris for a week.")]
    [InlineData("We moved to Phoenix LiveView.")]
    [InlineData("We moved to nice new offices.")]
    [InlineData("We moved to England when I was six.")]
    [InlineData("In my novel, we live in Prague.")]
    [InlineData("\"We moved to Rome\", said Tom.")]
    [InlineData("Tom: we moved to Rome last year")]
    [InlineData("Wir sind letztes Jahr nach Rom gefahren.")]
    [InlineData("I went from doctor to doctor for years.")]
    [InlineData("I switched from my old barber to a new hairdresser.")]
    [InlineData("I switched from ink printers to laser printers.")]
    [InlineData("I switched from the old model to the new model.")]
    [InlineData("I switched from painter to sculptor in my dream.")]
    [InlineData("I've stopped caring.")]
    [InlineData("I quit gaming.")]
    [InlineData("I stopped nursing the baby.")]
    [InlineData("I don't know any nurse.")]
    [InlineData("I don't want to be a nurse any more.")]
    [InlineData("Tom is not a nurse but a baker.")]
    [InlineData("I'm from Milan.")]
    [InlineData("I come from Milan.")]
    [InlineData("My sister doesn't live in Berlin any more.")]
    [InlineData("Did I stop working as a nurse?")]
    public Task What_takes_nothing_back_changes_nothing(string said) => StoresAsync(said, new { });

    [Fact]
    public async Task Not_only_adds()
        => Assert.Equal("""{"skills":["Java","Kotlin"]}""", (await OfflineModel.StoredAsync("I know not only Java but also Kotlin.", Ada)).GetRawText());

    [Fact]
    public async Task A_part_of_the_years_is_not_all_of_them()
        => Assert.Equal("""{"skills":["SQL"]}""", (await OfflineModel.StoredAsync("I have 2 years of experience with SQL.", Ada)).GetRawText());

    static async Task StoresAsync(string said, object arguments)
    {
        var stored = await OfflineModel.StoredAsync(said, Ada);
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(arguments), stored), $"{said} → {stored}");
    }
}
