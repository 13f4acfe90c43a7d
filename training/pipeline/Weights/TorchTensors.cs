using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Weights;

/// <summary>Copies numbers between TorchSharp's tensors and safetensors files.</summary>
internal static class TorchTensors
{
    private const int DifferencesNamed = 4;

    private static readonly (ScalarType Torch, SafetensorsType File)[] s_types =
    [
        (ScalarType.Bool, SafetensorsType.Bool),
        (ScalarType.Byte, SafetensorsType.U8),
        (ScalarType.Int8, SafetensorsType.I8),
        (ScalarType.Int16, SafetensorsType.I16),
        (ScalarType.Int32, SafetensorsType.I32),
        (ScalarType.Int64, SafetensorsType.I64),
        (ScalarType.Float16, SafetensorsType.F16),
        (ScalarType.BFloat16, SafetensorsType.BF16),
        (ScalarType.Float32, SafetensorsType.F32),
        (ScalarType.Float64, SafetensorsType.F64),
    ];

    /// <summary>Copies all tensors of a module.</summary>
    /// <param name="state">A module's <c>state_dict()</c>, or any other tensors by name; on any device, contiguous or not.</param>
    /// <returns>Copies under the same names, in the same order.</returns>
    /// <exception cref="ArgumentException">A tensor has an element type that the format lacks.</exception>
    public static IReadOnlyList<SafetensorsTensor> FromTorch(IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return [.. state.Select(entry => FromTorch(entry.Key, entry.Value))];
    }

    /// <summary>Copies one tensor.</summary>
    /// <param name="name">The copy's name.</param>
    /// <param name="tensor">The tensor, on any device, contiguous or not.</param>
    /// <returns>A copy that outlives it.</returns>
    /// <exception cref="ArgumentException">Its element type is one that the format lacks.</exception>
    public static SafetensorsTensor FromTorch(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        SafetensorsType type = FileType(tensor.dtype)
            ?? throw new ArgumentException($"Tensor '{name}' has elements of type {tensor.dtype}, which a safetensors file can't hold.", nameof(tensor));
        using DisposeScope scope = NewDisposeScope();
        return new SafetensorsTensor(name, type, tensor.shape, tensor.detach().cpu().contiguous().bytes.ToArray());
    }

    /// <summary>Copies one tensor of a file.</summary>
    /// <param name="tensor">The file's tensor.</param>
    /// <returns>A new tensor on the CPU, the caller's.</returns>
    /// <exception cref="InvalidDataException">TorchSharp has no such element type.</exception>
    public static Tensor ToTorch(SafetensorsTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ScalarType type = s_types.FirstOrDefault(pair => pair.File == tensor.Type) is { File: not null } known
            ? known.Torch
            : throw new InvalidDataException($"Tensor '{tensor.Name}' has elements of type {tensor.Type}, which TorchSharp lacks.");
        Tensor copy = empty([.. tensor.Shape], dtype: type, device: CPU);
        tensor.Data.Span.CopyTo(copy.bytes);
        return copy;
    }

    /// <summary>Fills a module's tensors from a file; either all of them or, if one doesn't fit, none.</summary>
    /// <param name="state">A module's <c>state_dict()</c>, on any device.</param>
    /// <param name="content">What the file holds: the same names, types and shapes, no more and no fewer.</param>
    /// <param name="name">What the message calls the file.</param>
    /// <param name="network">What the message calls the module, for instance <c>recipe seed</c>.</param>
    /// <exception cref="InvalidDataException">The file is of another network; the message names the tensors that differ.</exception>
    public static void Load(IReadOnlyDictionary<string, Tensor> state, SafetensorsContent content, string name, string network)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(content);
        IReadOnlyList<string> differences = Differences(state, content);
        if (differences.Count > 0)
        {
            string more = differences.Count > DifferencesNamed ? $"; and {differences.Count - DifferencesNamed} more" : "";
            throw new InvalidDataException($"{name} is not of the network of {network}: {string.Join("; ", differences.Take(DifferencesNamed)).ReplaceLineEndings(" ")}{more}.");
        }

        using IDisposable noGradient = no_grad();
        foreach (SafetensorsTensor tensor in content.Tensors)
        {
            using DisposeScope scope = NewDisposeScope();
            state[tensor.Name].copy_(ToTorch(tensor));
        }
    }

    /// <summary>What keeps a file's tensors from being a module's, one text for each tensor.</summary>
    /// <param name="state">A module's <c>state_dict()</c>.</param>
    /// <param name="content">What the file holds.</param>
    /// <returns>For instance <c>'digit.conv1.weight' is missing</c>; empty where they fit.</returns>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, Tensor> state, SafetensorsContent content)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(content);
        return [.. FindDifferences(state, content)];
    }

    private static IEnumerable<string> FindDifferences(IReadOnlyDictionary<string, Tensor> state, SafetensorsContent content)
    {
        Dictionary<string, SafetensorsTensor> inFile = content.Tensors.ToDictionary(tensor => tensor.Name);
        foreach ((string name, Tensor target) in state)
        {
            string wanted = $"{FileType(target.dtype)?.Name ?? target.dtype.ToString()} [{SafetensorsTensor.Text(target.shape)}]";
            if (!inFile.Remove(name, out SafetensorsTensor? tensor))
                yield return $"'{name}' is missing";
            else if ($"{tensor.Type} [{SafetensorsTensor.Text(tensor.Shape)}]" is { } found && found != wanted)
                yield return $"'{name}' is {found} and should be {wanted}";
        }

        foreach (string name in inFile.Keys)
            yield return $"'{name}' is unknown";
    }

    private static SafetensorsType? FileType(ScalarType type) => s_types.FirstOrDefault(pair => pair.Torch == type).File;
}
