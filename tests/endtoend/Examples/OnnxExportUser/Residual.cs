using TorchSharp.Modules;
using static TorchSharp.torch;

internal sealed class Residual : nn.Module<Tensor, (Tensor Scores, Tensor Features)>
{
    private readonly ModuleList<Linear> layers = nn.ModuleList(nn.Linear(16, 16), nn.Linear(16, 16));
    private readonly Linear head = nn.Linear(16, 3);

    public Residual() : base(nameof(Residual)) => RegisterComponents();

    public override (Tensor Scores, Tensor Features) forward(Tensor input)
    {
        Tensor features = input.view(input.shape[0], -1);
        foreach (Linear layer in layers)
            features = nn.functional.relu(layer.call(features)) + features;
        return (head.call(features).softmax(1), features);
    }
}
