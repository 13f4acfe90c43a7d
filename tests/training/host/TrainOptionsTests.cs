using MnistAdder.Training.Recipes;
using MnistAdder.TrainingHost.Commands;

namespace MnistAdder.TrainingHost.Tests;

public sealed class TrainOptionsTests
{
    private static readonly RunSettings s_settings =
        new("seed", "mnist", 60_000, "test", 10_000, Recipe.Seed.Method, Recipe.Seed.Defaults, long.MaxValue, "cpu", 1);

    [Fact]
    public void Settings_of_a_checkpoint_are_taken_where_a_command_line_could_have_asked_for_them()
    {
        new TrainOptions().RequirePossible(s_settings, "out");
        new TrainOptions().RequirePossible(s_settings with { HyperParameters = new HyperParameters(10_000, 65_536, 1e-9, 0) }, "out");

        Refuse(s_settings with { Threads = 0 }, "--threads is '0'; it must be a whole number from 1 to 1024.");
        Refuse(s_settings with { Seed = -1 }, "--seed is '-1'; it must be a whole number from 0 to 9223372036854775807.");
        Refuse(s_settings with { Recipe = "@file" }, "--recipe is '@file'; it must be quick, best, lean, fast or seed.");
        Refuse(s_settings with { HyperParameters = Recipe.Seed.Defaults with { BatchSize = 1 } }, "--batch-size is '1'; it must be a whole number from 2 to 65536.");
    }

    private static void Refuse(RunSettings settings, string mistake)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new TrainOptions().RequirePossible(settings, "out"));
        Assert.Equal($"The checkpoint in out is broken: its {mistake}", error.Message);
    }
}
