using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Tests.Fuzzing;

namespace MnistAdder.Training.Tests.Checkpoints;

/// <summary>What fuzzing found, as files that are damaged in one place.</summary>
[Collection(TorchGenerator.Tests)]
public sealed class DamagedCheckpointTests
{
    // Counted from the optimizer's name: a momentum of 2^21 numbers where there was none, an SGD's momentum of 2, an AdamW's tensor of
    // 127 dimensions. TorchSharp makes room for all of them, takes the second over, and then reads beyond the end.
    [Theory]
    [InlineData("SGD", 0, 47, new byte[] { 1, 6, 1, 0xFF, 0xFF, 0x7F })]
    [InlineData("SGD", 1, 21, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x40 })]
    [InlineData("AdamW", 0, 66, new byte[] { 0x7F })]
    [InlineData("AdamW", 1, 57, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80 })]
    public void An_optimizer_of_another_form_is_refused_before_TorchSharp_reads_it(string name, int seed, int offset, byte[] damage)
    {
        using CheckpointTarget target = Target(name);
        byte[] damaged = (byte[])target.Seeds[seed].Clone();
        damage.CopyTo(damaged, damaged.AsSpan().LastIndexOf(System.Text.Encoding.ASCII.GetBytes(name)) + offset);

        Assert.True(target.Parse(target.Seeds[seed]));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => target.Parse(CheckpointTarget.Sealed(damaged)));
        Assert.Equal($"file is a broken checkpoint: the optimizer's state isn't that of {(name == "SGD" ? "Sgd" : name)} over this network's parameters.", error.Message);
    }

    [Theory]
    [InlineData("""\"History\":[]""", """\"History\":[null]""")]
    [InlineData("""\"Epoch\":2""", """\"Epoch\":1""")]
    [InlineData("""\"Epoch\":1""", """\"Epoch\":-1""")]
    public void A_history_that_is_no_list_of_epochs_is_refused(string json, string instead)
    {
        using CheckpointTarget target = CheckpointTarget.Sgd();
        byte[] whole = target.Seeds[json.Contains("[]", StringComparison.Ordinal) ? 0 : 1];
        byte[] damaged = SafetensorsEdits.EditHeader(whole, header => header.Replace(json, instead, StringComparison.Ordinal))!;
        Assert.NotEqual(whole, damaged);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => target.Parse(CheckpointTarget.Sealed(damaged)));
        Assert.Equal("file is a broken checkpoint: its history isn't that of the epochs 1, 2, 3 …", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000_000)]
    public void A_halved_batch_size_that_is_no_half_is_refused(int size)
    {
        using CheckpointTarget target = CheckpointTarget.Sgd();
        byte[] damaged = SafetensorsEdits.EditHeader(target.Seeds[0], header => header.Replace("""\"HalvedBatchSize\":null""", $"\\\"HalvedBatchSize\\\":{size}", StringComparison.Ordinal))!;
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => target.Parse(CheckpointTarget.Sealed(damaged)));
        Assert.Equal($"file is a broken checkpoint: {size} isn't half of its batch size, 128.", error.Message);
    }

    [Theory]
    [InlineData("TrainingImages")]
    [InlineData("JudgedImages")]
    public void A_run_without_images_is_refused(string setting)
    {
        using CheckpointTarget target = CheckpointTarget.Sgd();
        byte[] damaged = SafetensorsEdits.EditHeader(target.Seeds[0], header => header.Replace($"\\\"{setting}\\\":", $"\\\"{setting}\\\":-", StringComparison.Ordinal))!;
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => target.Parse(CheckpointTarget.Sealed(damaged)));
        Assert.Equal("file is a broken checkpoint: its run has no images to learn from, or none to be judged on.", error.Message);
    }

    [Fact]
    public void A_schedule_that_cannot_be_is_refused_as_another_method()
    {
        using CheckpointTarget target = CheckpointTarget.AdamW();
        byte[] damaged = SafetensorsEdits.EditHeader(target.Seeds[0], header => header.Replace("""\"WarmUp\":0.1""", """\"WarmUp\":-2""", StringComparison.Ordinal))!;
        TrainingException error = Assert.Throws<TrainingException>(() => target.Parse(CheckpointTarget.Sealed(damaged)));
        Assert.Contains("WarmUp = -2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\\\"Recipe\\\":\\\"seed\\\"", "\\\"Recipe\\\":\\\"a\\\\nb\\\"", "it has recipe a b, not seed")]
    [InlineData("network.adder.linear.bias", "a\\nb", "'network.adder.linear.bias' is missing; 'a b' is unknown")]
    [InlineData("network.adder.linear.bias\":{\"dtype\":\"F32", "a\\nb\":{\"dtype\":\"F31", "tensor 'a b' has the unknown dtype")]
    public void A_name_with_a_line_break_is_refused_in_one_line(string json, string instead, string reason)
    {
        using CheckpointTarget target = CheckpointTarget.Sgd();
        byte[] damaged = SafetensorsEdits.EditHeader(target.Seeds[0], header => header.Replace(json, instead, StringComparison.Ordinal))!;
        Exception error = Assert.ThrowsAny<Exception>(() => target.Parse(CheckpointTarget.Sealed(damaged)));
        Assert.True(target.IsDocumented(error));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Whichever_byte_is_flipped_the_file_is_refused_as_damaged()
    {
        using CheckpointTarget target = CheckpointTarget.AdamW();
        byte[] damaged = [.. target.Seeds[1]];
        for (int i = 0; i < damaged.Length; i++)
        {
            damaged[i] ^= (byte)(1 << (i % 8));
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => target.Parse(damaged));
            Assert.StartsWith("file is damaged, or no checkpoint of this version:", error.Message, StringComparison.Ordinal);
            damaged[i] = target.Seeds[1][i];
        }

        Assert.True(target.Parse(damaged));
    }

    [Fact]
    public void A_history_of_as_many_epochs_as_can_be_asked_for_is_read_back()
    {
        var settings = new RunSettings("seed", "mnist", 60_000, "test", 10_000, Recipe.Seed.Method, Recipe.Seed.Defaults, long.MaxValue, "cpu", 1);
        var scores = new HeadScores(Math.PI, -Math.E / 100, Math.PI / 4, Math.E / 3);
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        using var optimizer = Recipe.Seed.Method.CreateOptimizer(network.parameters(), Recipe.Seed.Defaults);
        using var file = new MemoryStream();
        Checkpoint.Capture(
            settings,
            Enumerable.Range(1, 10_000).Select(epoch => new EpochResult(epoch, scores, scores, Math.PI * 100, Math.E * 1000, Math.PI / 1e7)),
            new NetworkState(network, Average: null),
            optimizer).Write(file);
        Assert.Equal(10_000, Checkpoint.Read(file, "file").History.Count);
    }

    private static CheckpointTarget Target(string name) => name == "SGD" ? CheckpointTarget.Sgd() : CheckpointTarget.AdamW();
}
