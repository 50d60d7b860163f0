using Agent.Memory;

namespace Agent.Tests.Tools;

public class ProfileEditsTests
{
    readonly Profile ada = new() { Name = "Ada", CurrentRole = "Tester", Skills = ["C#", "SQL"], Goals = ["Lead"], Languages = ["English"] };

    [Fact]
    public void What_a_person_corrects_is_replaced()
    {
        var corrected = ada.Apply(new() { CurrentRole = "Developer", Goals = ["ML"] });
        Assert.Equal("Developer", corrected.CurrentRole);
        Assert.Equal(["ML"], corrected.Goals);
        Assert.Equal("Ada", corrected.Name);
    }

    [Fact]
    public void A_skill_can_be_taken_back_and_another_added_at_once()
        => Assert.Equal(["SQL", "Go"], ada.Apply(new() { RemoveSkills = ["c#"], Skills = ["Go", "go"] }).Skills);

    [Fact]
    public void An_empty_text_clears_a_field() => Assert.Null(ada.Apply(new() { CurrentRole = " " }).CurrentRole);

    [Fact]
    public void A_project_of_a_known_name_is_completed()
    {
        var profile = ada.Add(new() { Name = "Shop", Technologies = ["C#"] }).Add(new() { Name = "shop", Description = "A shop", Technologies = ["c#", "SQL"] });
        var project = Assert.Single(profile.Projects);
        Assert.Equal("A shop", project.Description);
        Assert.Equal(["C#", "SQL"], project.Technologies);
    }

    [Fact]
    public void Edits_are_applied_again_to_what_another_thread_has_written_meanwhile()
    {
        var memory = new WorkingMemory(ada);
        memory.Edit(p => p.Apply(new() { Skills = ["Go"] }));
        memory.Rebase(ada with { Location = "London", Skills = ["C#", "SQL", "F#"] });
        Assert.Equal("London", memory.Current.Location);
        Assert.Equal(["C#", "SQL", "F#", "Go"], memory.Current.Skills);
        Assert.Equal("skills", Assert.Single(memory.Changes()).Field);
    }

    [Fact]
    public void An_edit_that_changes_nothing_is_no_change()
    {
        var memory = new WorkingMemory(ada);
        memory.Edit(p => p.Apply(new() { Name = "Ada", Skills = ["sql"] }));
        Assert.False(memory.HasChanges);
    }
}
