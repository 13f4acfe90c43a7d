using System.Text.Json;
using MnistAdder.Training.Base;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Checkpoints;

/// <summary>The state after a whole epoch: all that is needed to go on as if the run had never stopped.</summary>
/// <remarks>
/// One safetensors file: the network's state dict under <c>network.</c>, where the recipe keeps one the average's under
/// <c>average.</c>, the optimizer's state as bytes, settings and history as JSON in the metadata, and a checksum
/// (<see cref="SealedTensors"/>). Random generators have no state to keep: each epoch seeds them from the run's seed and its own number.
/// </remarks>
internal sealed class Checkpoint
{
    internal const string NetworkPrefix = "network.", AveragePrefix = "average.";
    private const string OptimizerName = "optimizer";
    private const string StateKey = "mnist_adder_checkpoint";
    private readonly IReadOnlyList<SafetensorsTensor> _tensors;
    private readonly State _state;
    private readonly string _source;

    private Checkpoint(IReadOnlyList<SafetensorsTensor> tensors, State state, string source)
    {
        _tensors = tensors;
        _state = state;
        _source = source;
    }

    /// <summary>What the run computes.</summary>
    public RunSettings Settings => _state.Settings;

    /// <summary>An entry for each whole epoch so far.</summary>
    public IReadOnlyList<EpochResult> History => _state.History;

    /// <summary>The tensors of what the state's model is made of: the average where one is kept, else the trained weights.</summary>
    public IReadOnlyList<SafetensorsTensor> ModelTensors
    {
        get
        {
            string prefix = _tensors.Any(tensor => tensor.Name.StartsWith(AveragePrefix, StringComparison.Ordinal)) ? AveragePrefix : NetworkPrefix;
            return
            [
                .. _tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(tensor => new SafetensorsTensor(tensor.Name[prefix.Length..], tensor.Type, tensor.Shape, tensor.Data)),
            ];
        }
    }

    /// <summary>Copies the state of a run.</summary>
    public static Checkpoint Capture(RunSettings settings, IEnumerable<EpochResult> history, NetworkState networks, OptimizerHelper optimizer)
    {
        byte[] optimizerState = OptimizerState.Save(optimizer);
        SafetensorsTensor[] tensors =
        [
            .. TorchTensors.FromTorch(networks.Tensors()),
            new SafetensorsTensor(OptimizerName, SafetensorsType.U8, [optimizerState.Length], optimizerState),
        ];
        return new Checkpoint(tensors, new State(settings, [.. history]), "this run");
    }

    /// <summary>Reads a file that <see cref="Write(string)"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file, or broken.</exception>
    public static Checkpoint Read(string path)
    {
        using FileStream stream = RegularFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream that holds such a file.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or broken; the message has the name.</exception>
    public static Checkpoint Read(Stream stream, string name) => Of(SealedTensors.Read(stream, name), name);

    private static Checkpoint Of(SafetensorsContent content, string path)
    {
        if (!content.Metadata.TryGetValue(StateKey, out string? json))
            throw new InvalidDataException($"{path} is not a checkpoint of this trainer: its metadata has no '{StateKey}'.");
        try
        {
            State? state = JsonSerializer.Deserialize<State>(json, StrictJson);
            if (state is null || state.History.Where((epoch, index) => epoch?.Epoch != index + 1).Any())
                throw new InvalidDataException($"{path} is a broken checkpoint: its history isn't that of the epochs 1, 2, 3 …");
            if (state.Settings is not { TrainingImages: > 0, JudgedImages: > 0 })
                throw new InvalidDataException($"{path} is a broken checkpoint: its run has no images to learn from, or none to be judged on.");
            return new Checkpoint(content.Tensors, state, path);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is a broken checkpoint: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string path) => AtomicFile.Write(path, Write);

    /// <summary>Writes the file's bytes.</summary>
    public void Write(Stream stream) => SealedTensors.Write(
        stream, _tensors, new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(_state, StrictJson) });

    /// <summary>Puts the state into the networks and the optimizer of a run.</summary>
    /// <param name="wanted">The settings of the run that wants to go on.</param>
    /// <param name="networks">Of the same recipe.</param>
    /// <param name="optimizer">Over the parameters of the one that is trained.</param>
    /// <exception cref="TrainingException">The checkpoint is of other settings, or has more epochs than are wanted.</exception>
    /// <exception cref="InvalidDataException">The checkpoint's tensors aren't this network's.</exception>
    public void Restore(RunSettings wanted, NetworkState networks, OptimizerHelper optimizer)
    {
        string differences = string.Join("; ", Settings.DifferencesTo(wanted, ofAnyLength: !wanted.Method.Schedule.DependsOnLength)).ReplaceLineEndings(" ");
        if (differences.Length > 0)
            throw new TrainingException($"The checkpoint {_source} can't be gone on with: it has {differences}.");
        if (History.Count > wanted.HyperParameters.Epochs)
            throw new TrainingException($"The checkpoint {_source} has {History.Count} epochs already, more than the {wanted.HyperParameters.Epochs} asked for.");

        int whole = Settings.HyperParameters.BatchSize;
        if (Settings.HalvedBatchSize is { } half && half != whole / 2)
            throw new InvalidDataException($"{_source} is a broken checkpoint: {half} isn't half of its batch size, {whole}.");

        var weights = new SafetensorsContent([.. _tensors.Where(tensor => tensor.Name != OptimizerName)], new Dictionary<string, string>());
        TorchTensors.Load(networks.Tensors(), weights, _source, $"recipe {Settings.Recipe}");
        SafetensorsTensor state = _tensors.FirstOrDefault(tensor => tensor.Name == OptimizerName)
            ?? throw new InvalidDataException($"{_source} is a broken checkpoint: it has no tensor '{OptimizerName}'.");
        OptimizerState.Load(optimizer, wanted.Method.Optimizer, networks.Trained, state.Data.ToArray(), _source);
    }

    /// <summary>Makes the network of <see cref="ModelTensors"/>.</summary>
    /// <returns>The caller's, on the CPU.</returns>
    /// <exception cref="TrainingException">There is no recipe of the checkpoint's name.</exception>
    /// <exception cref="InvalidDataException">The checkpoint's tensors aren't that network's.</exception>
    public DigitSumNetwork CreateNetwork()
    {
        DigitSumNetwork network = Recipe.Named(Settings.Recipe).CreateNetwork();
        try
        {
            TorchTensors.Load(network.state_dict(), new SafetensorsContent(ModelTensors, new Dictionary<string, string>()), _source, $"recipe {Settings.Recipe}");
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static readonly JsonSerializerOptions StrictJson = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private sealed record State(RunSettings Settings, EpochResult[] History);
}

/// <summary>The networks of a run.</summary>
/// <param name="Trained">What the gradient steps change.</param>
/// <param name="Average">The average over the steps; null where the recipe keeps none.</param>
internal readonly record struct NetworkState(DigitSumNetwork Trained, DigitSumNetwork? Average)
{
    /// <summary>All their tensors, under names that keep them apart.</summary>
    public Dictionary<string, Tensor> Tensors()
    {
        IEnumerable<(string Name, Tensor Tensor)> tensors = Trained.state_dict().Select(entry => (Checkpoint.NetworkPrefix + entry.Key, entry.Value));
        if (Average is not null)
            tensors = tensors.Concat(Average.state_dict().Select(entry => (Checkpoint.AveragePrefix + entry.Key, entry.Value)));
        return tensors.ToDictionary(entry => entry.Name, entry => entry.Tensor);
    }
}
