using System.Collections;
using MnistAdder.Training.Base;
using Razorvine.Pickle;
using TorchSharp;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace MnistAdder.Training.Weights;

/// <summary>PyTorch's own files, which <c>torch.save(model.state_dict(), …)</c> writes, through TorchSharp.PyBridge.</summary>
/// <remarks>The pickle inside is read by Razorvine.Pickle, which makes data of it and calls nothing that it names.</remarks>
internal sealed class PyTorchFormat : IWeightsFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".pt", ".pth"];

    /// <inheritdoc/>
    public SafetensorsContent Read(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        using FileStream stream = RegularFile.OpenRead(path);
        try
        {
            var tensors = new List<SafetensorsTensor>();
            foreach (DictionaryEntry entry in PyTorchUnpickler.UnpickleStateDict(stream, leaveOpen: true))
            {
                tensors.Add(entry is { Key: string name, Value: Tensor tensor }
                    ? TorchTensors.FromTorch(name, tensor)
                    : throw new InvalidDataException($"its entry '{entry.Key}' is not a tensor"));
            }

            return new SafetensorsContent(tensors, new Dictionary<string, string>());
        }
        catch (Exception error) when (IsOfTheFile(error))
        {
            throw new InvalidDataException(
                $"{path} is not a state dict of whole, contiguous tensors that PyTorch 1.6 or newer saved: {error.Message.Split('\n')[0]}", error);
        }
    }

    /// <inheritdoc/>
    public void Write(string path, IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, string> texts)
    {
        // PyBridge refuses strided tensors; over an older, longer file it would leave that one's tail, but here every file is new.
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> contiguous = state.ToDictionary(entry => entry.Key, entry => entry.Value.detach().cpu().contiguous());
        try
        {
            AtomicFile.Write(path, stream => PyTorchPickler.PickleStateDict(stream, contiguous, leaveOpen: true));
        }
        catch (MissingMethodException error)
        {
            // A PyBridge that was built against an older TorchSharp, as 1.4.3 was (shaltielshmid/TorchSharp.PyBridge#22).
            throw new TrainingException(
                $"{path}: the installed TorchSharp.PyBridge can't write with TorchSharp {typeof(Tensor).Assembly.GetName().Version?.ToString(3)} ({error.Message}); take .safetensors.", error);
        }
    }

    // What PyBridge, the pickle reader and TorchSharp throw at files that aren't what they expect.
    private static bool IsOfTheFile(Exception error) => error is
        NotImplementedException or NotSupportedException or InvalidOperationException or InvalidCastException or InvalidDataException
        or ArgumentException or FormatException or IndexOutOfRangeException or NullReferenceException or OverflowException
        or EndOfStreamException or PickleException or System.Runtime.InteropServices.ExternalException;
}
