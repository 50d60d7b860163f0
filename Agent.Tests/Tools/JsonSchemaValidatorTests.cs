using System.Text.Json;
using Agent.Tools;

namespace Agent.Tests.Tools;

public class JsonSchemaValidatorTests
{
    static IReadOnlyList<string> Validate(string arguments) => JsonSchemaValidator.Validate(JsonElement.Parse(arguments), ProfileToolSchemas.UpdateProfile);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "name": "Ada", "years_of_experience": 5.5, "skills": ["C#"] }""")]
    [InlineData("""{ "name": null }""")]
    [InlineData("""{ "years_of_experience": 0, "goals": [] }""")]
    public void Takes(string arguments) => Assert.Empty(Validate(arguments));

    [Theory]
    [InlineData("""{ "user_id": "5" }""", "$.user_id")]
    [InlineData("""{ "name": 5 }""", "$.name must be of type string")]
    [InlineData("""{ "name": { "$ne": 1 } }""", "$.name must be of type string")]
    [InlineData("""{ "years_of_experience": "five" }""", "$.years_of_experience must be of type number")]
    [InlineData("""{ "years_of_experience": -1 }""", "the least is 0")]
    [InlineData("""{ "years_of_experience": 81 }""", "the most is 80")]
    [InlineData("""{ "years_of_experience": 1e999 }""", "$.years_of_experience must be of type number")]
    [InlineData("""{ "skills": "C#" }""", "$.skills must be of type array")]
    [InlineData("""{ "skills": ["C#", 7] }""", "$.skills[1] must be of type string")]
    [InlineData("""{ "skills": [null] }""", "$.skills[0] must be of type string")]
    [InlineData("""{ "name": "a\u0000b" }""", "NUL")]
    [InlineData("[]", "$ must be of type object")]
    public void Refuses(string arguments, string reason) => Assert.Contains(reason, string.Join("; ", Validate(arguments)));

    [Fact]
    public void Refuses_what_is_too_long()
        => Assert.Equal(2, Validate($$"""{ "name": "{{new string('x', 201)}}", "skills": [{{string.Join(',', Enumerable.Repeat("\"a\"", 51))}}] }""").Count);

    [Fact]
    public void Requires_what_is_required()
        => Assert.Contains("$.name is required", JsonSchemaValidator.Validate(JsonElement.Parse("{}"), ProfileToolSchemas.AddProject));

    [Fact]
    public void A_required_field_cannot_be_null()
        => Assert.NotEmpty(JsonSchemaValidator.Validate(JsonElement.Parse("""{ "name": null }"""), ProfileToolSchemas.AddProject));
}
