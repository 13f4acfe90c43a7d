namespace MnistAdder.Server.Protocol;

/// <summary>What a client asks a model.</summary>
/// <param name="Id">The client's name for the request; null where it has none.</param>
/// <param name="Inputs">The tensors, each name once.</param>
/// <param name="Outputs">The outputs that are wanted, each name once; null for all.</param>
/// <param name="WantsBinary">Whether outputs come as bytes behind the JSON where none are named.</param>
internal sealed record InferenceRequest(string? Id, IReadOnlyList<Tensor> Inputs, IReadOnlyList<RequestedOutput>? Outputs, bool WantsBinary)
{
    /// <summary>Whether an output comes as bytes behind the JSON: one that is named by its own parameter alone, as Triton and KServe have it.</summary>
    /// <param name="output">Its name.</param>
    public bool IsBinary(string output) => Outputs?.FirstOrDefault(requested => requested.Name == output)?.IsBinary ?? WantsBinary;
}

/// <summary>An output that is wanted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBinary">Whether it comes as bytes behind the JSON.</param>
internal sealed record RequestedOutput(string Name, bool IsBinary);
