using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MnistAdder.Fuzzing;
using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fuzzing;

/// <summary>Checkpoints, read and put into the networks and the optimizer of a run. The networks are small, so that a case is quick.</summary>
internal sealed class CheckpointTarget : FuzzTarget
{
    private const string StateKey = "mnist_adder_checkpoint";

    private readonly RunSettings _settings;
    private readonly NetworkState _networks;
    private readonly OptimizerHelper _optimizer;

    private CheckpointTarget(string name, Recipe recipe)
        : base(name, new FuzzLimits(ManagedBytes: 16 << 20))
    {
        _settings = new RunSettings(recipe.Name, "mnist", 60_000, "test", 10_000, recipe.Method, recipe.Defaults, 1, "cpu", 1);
        _networks = new NetworkState(Network(), recipe.Method.AverageExponent is null ? null : Network());
        _optimizer = recipe.Method.CreateOptimizer(_networks.Trained.parameters(), recipe.Defaults);
        byte[] fresh = Capture(0);
        Step();
        Seeds = [fresh, Capture(2)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Of a run with SGD.</summary>
    public static CheckpointTarget Sgd() => new("checkpoint-sgd", Recipe.Seed);

    /// <summary>Of a run with AdamW and averaged weights.</summary>
    public static CheckpointTarget AdamW() => new("checkpoint-adamw", Recipe.Quick);

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        var checkpoint = Checkpoint.Read(new MemoryStream(input, writable: false), "file");
        checkpoint.Restore(_settings, _networks, _optimizer);
        FuzzException.Require(
            checkpoint.History.Select(epoch => epoch?.Epoch).SequenceEqual(Enumerable.Range(1, checkpoint.History.Count).Select(epoch => (int?)epoch)),
            "The history isn't a list of epochs.");

        SafetensorsContent restored = SealedTensors.Read(new MemoryStream(Capture(0)), "restored");
        SafetensorsContent given = SealedTensors.Read(new MemoryStream(input), "file");
        foreach (SafetensorsTensor tensor in given.Tensors)
        {
            SafetensorsTensor mine = restored.Tensors.First(other => other.Name == tensor.Name);
            FuzzException.Require(mine.Data.Span.SequenceEqual(tensor.Data.Span), $"Tensor {tensor.Name} isn't what the checkpoint holds.");
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool IsDocumented(Exception exception) => exception is InvalidDataException or TrainingException;

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator) => mutator.Below(4) switch
    {
        0 => SafetensorsEdits.EditHeader(input, json => JsonEdits.Edit(json, mutator)),
        1 => SafetensorsEdits.EditData(input, data => EditOptimizer(data, mutator)),
        _ => SafetensorsEdits.EditHeader(input, json => EditState(json, mutator)),
    };

    /// <inheritdoc/>
    public override byte[] Mend(byte[] input) => Sealed(SafetensorsEdits.MendLength(input));

    /// <summary>The file with the checksum that its bytes ask for, so that it isn't for this that it is refused.</summary>
    public static byte[] Sealed(byte[] file)
    {
        byte[] copy = [.. file];
        if (copy.Length >= SHA256.HashSizeInBytes)
            SealedTensors.Seal(copy);
        return copy;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _optimizer.Dispose();
        _networks.Trained.Dispose();
        _networks.Average?.Dispose();
        base.Dispose();
    }

    private static string EditState(string header, Mutator mutator)
    {
        try
        {
            JsonNode root = JsonNode.Parse(header)!;
            JsonNode texts = root["__metadata__"]!;
            texts[StateKey] = JsonEdits.Edit((string)texts[StateKey]!, mutator);
            return root.ToJsonString();
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException or ArgumentException or FormatException)
        {
            // What an earlier edit broke has no state in it to edit.
            return JsonEdits.Edit(header, mutator);
        }
    }

    // Behind the optimizer's bytes there is but the checksum, and no byte of them may become one more or one less.
    private static byte[] EditOptimizer(byte[] data, Mutator mutator)
    {
        int name = Math.Max(data.AsSpan().LastIndexOf("AdamW"u8), data.AsSpan().LastIndexOf("SGD"u8));
        return name < 0 ? data : ByteEdits.WithNumber(data, name + mutator.Below(mutator.OneIn(2) ? Math.Min(128, data.Length - name) : data.Length - name), mutator);
    }

    private static DigitSumNetwork Network() => new(
        [nn.Sequential(("pool", nn.AvgPool2d(14)), ("flatten", nn.Flatten()), ("norm", nn.BatchNorm1d(4)), ("linear", nn.Linear(4, ModelContract.DigitClasses)))],
        nn.Sequential(("linear", nn.Linear(2 * ModelContract.DigitClasses, ModelContract.SumClasses))),
        new SeededRandom(0));

    private byte[] Capture(int epochs)
    {
        var stream = new MemoryStream();
        var scores = new HeadScores(0.5, 0.25, 0.75, 0.5);
        Checkpoint.Capture(_settings, Enumerable.Range(1, epochs).Select(epoch => new EpochResult(epoch, scores, epoch == 1 ? null : scores, 1, 2, 0.01)), _networks, _optimizer)
            .Write(stream);
        return stream.ToArray();
    }

    private void Step()
    {
        using var scope = NewDisposeScope();
        (Tensor digit, Tensor sum) = _networks.Trained.call(ones(2, 1, MnistGeometry.Side, MnistGeometry.Side), ones(2, ModelContract.DigitClasses));
        (digit.square().sum() + sum.square().sum()).backward();
        _optimizer.step();
    }
}
